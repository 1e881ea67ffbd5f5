"""Stories of version 1 load and send the same octets; what they lack stands in the record."""

from hashlib import sha256
from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.outcome import DevicesVerdict, Outcome
from tests.bench.drills.rehearsal import ROOT_STORY, SUPPLIER_STORY, rehearse

STORIES = Path(__file__).with_name("stories") / "version-1"

# Each message's SHA-256 in hex and a line feed, in their order: as the version before the procedure
# was kept sent and received them, with seed 1 and one home.
BEFORE = {
    SUPPLIER_STORY: "b7d2e5c1807e44ed7a67ebefbc791a335056420acc7e4edcc88207daf602242e",
    ROOT_STORY: "a8853b809e0d8483472353e617b914edc14af36fe61416fe43a782cacf138435",
}


@pytest.mark.parametrize("name", BEFORE)
async def test_an_old_story_sends_the_same_octets_and_is_not_followed(
    name: str, tmp_path: Path
) -> None:
    run = await rehearse(load_story(str(STORIES / f"{name}.yaml")), tmp_path)
    digests = run.rows("SELECT digest FROM message ORDER BY id")
    text = "".join(f"{digest}\n" for (digest,) in digests)
    assert sha256(text.encode()).hexdigest() == BEFORE[name]
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    assert run.whole is Outcome.PROCEDURE_NOT_FOLLOWED
    told = "\n".join(run.departures())
    assert "it does not hold that the DCC has confirmed it" in told
    assert "the keys were put together without one" in told
