#include "native/marks.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024 };

static size_t place_of(const struct marks *marks, uint64_t mark)
{
    size_t place = (size_t)mark & (marks->room - 1);
    while (marks->numbers[place] != 0 && marks->keys[place] != mark) {
        place = (place + 1) & (marks->room - 1);
    }
    return place;
}

static bool grow(struct marks *marks)
{
    struct marks larger = {.room = marks->room == 0 ? FIRST_ROOM : 2 * marks->room};
    larger.keys = malloc(larger.room * sizeof *larger.keys);
    larger.numbers = calloc(larger.room, sizeof *larger.numbers);
    if (larger.keys == NULL || larger.numbers == NULL) {
        marks_end(&larger);
        return false;
    }
    for (size_t i = 0; i < marks->room; i++) {
        if (marks->numbers[i] != 0) {
            const size_t place = place_of(&larger, marks->keys[i]);
            larger.keys[place] = marks->keys[i];
            larger.numbers[place] = marks->numbers[i];
        }
    }
    larger.count = marks->count;
    marks_end(marks);
    *marks = larger;
    return true;
}

uint32_t marks_add(struct marks *marks, uint64_t mark, bool *is_new)
{
    if (2 * (size_t)marks->count >= marks->room && !grow(marks)) {
        return MARKS_FULL;
    }
    const size_t place = place_of(marks, mark);
    *is_new = marks->numbers[place] == 0;
    if (*is_new) {
        marks->keys[place] = mark;
        marks->numbers[place] = ++marks->count;
    }
    return marks->numbers[place] - 1;
}

void marks_clear(struct marks *marks)
{
    if (marks->count > 0) {
        memset(marks->numbers, 0, marks->room * sizeof *marks->numbers);
    }
    marks->count = 0;
}

void marks_end(struct marks *marks)
{
    free(marks->keys);
    free(marks->numbers);
    *marks = (struct marks){0};
}
