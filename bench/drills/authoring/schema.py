"""The JSON Schema of a story, made from its models, for editors and for other programs.

It says which keys and values there are. What a story contradicts itself in, `drill check` finds.
"""

import json
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind
from pydantic_core import core_schema

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.files.model_words import summary_of, words_of

SCHEMA_NAME: Final = "story.schema.json"
"""Of the file that ships with the project, and beside stories."""


class _Described(GenerateJsonSchema):
    """Each object and key with its meaning, and without the titles that repeat its name."""

    # A default that JSON does not know is left out.
    ignored_warning_kinds: set[JsonSchemaWarningKind] = {  # noqa: RUF012 - as the library has it
        "non-serializable-default",
    }

    def field_title_should_be_set(self, schema: Any) -> bool:
        """A key is its own title."""
        del schema
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The object of one model."""
        made = super().model_schema(schema)
        _describe(made, schema["cls"])
        return made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """A mapping whose keys are all bound: the library leaves those free that do not match."""
        made = super().dict_schema(schema)
        for pattern, values in made.pop("patternProperties", {}).items():
            made |= {"propertyNames": {"pattern": pattern}, "additionalProperties": values}
        return made


def story_schema() -> dict[str, Any]:
    """The schema of a story (JSON Schema 2020-12)."""
    made = Story.model_json_schema(by_alias=True, schema_generator=_Described)
    head = {"$schema": GenerateJsonSchema.schema_dialect, "title": "A story of firmware-sim"}
    return head | {key: value for key, value in made.items() if key != "title"}


def _describe(made: JsonSchemaValue, model: type[BaseModel]) -> None:
    made.pop("title", None)
    made.pop("description", None)
    summary = summary_of(model)
    if summary:
        made["description"] = summary
    words, keys = {"do": summary} | words_of(model), made.get("properties", {})
    for name, field in model.model_fields.items():
        if (key := field.alias or name) in keys and name in words:
            keys[key]["description"] = words[name]


def schema_text() -> str:
    """The same as the text of a file."""
    return json.dumps(story_schema(), indent=1) + "\n"
