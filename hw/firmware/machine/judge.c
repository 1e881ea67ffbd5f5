#include "machine/judge.h"

#include "gbcs/name.h"
#include "gbcs/path.h"
#include "gbcs/replacement.h"
#include "gbcs/signature_facts.h"
#include "generated/layout.h"
#include "machine/clock.h"
#include "machine/state.h"

// What is common to all replacements of one command.
static const struct replacement_rule *applied;
static bool is_timed;
static int64_t moment;
static struct certificate issuers[MAX_PATH_CERTIFICATES];
static size_t issuer_count;
static struct anchor anchor;

static struct certificate root;  // the incoming one
static uint8_t root_status;
static bool fails_with_root;  // nothing of the command is to rest on the present root
static struct certificate candidate;
static struct path path;

static bool is_timely(const struct certificate *certificate)
{
    return !is_timed || (certificate->not_before <= moment && moment <= certificate->not_after);
}

// The path certificates that parse; one that does not can only be missing from a path. An
// expired one must not stand in the way of its renewed twin.
static void read_issuers(const struct update_command *command)
{
    issuer_count = 0;
    for (size_t i = 0; i < command->path_count; i++) {
        struct certificate *issuer = &issuers[issuer_count];
        if (certificate_parse(command->path[i], issuer) && is_timely(issuer)) {
            issuer_count++;
        }
    }
}

static void set_present_anchor(void)
{
    const uint8_t *body = state_cell(ROOT_CELL);
    anchor.subject = octets_of(body + ROOT_SUBJECT_NAME_AT,
                               read_le16(body + ROOT_SUBJECT_NAME_LENGTH_AT));
    anchor.public_key = body + CELL_PUBLIC_KEY_AT;
    anchor.key_identifier = body + CELL_KEY_IDENTIFIER_AT;
}

// Normal replacement: the command holds a certificate for the new key by the old root.
static const struct certificate *link_to_root(void)
{
    for (size_t i = 0; i < issuer_count; i++) {
        const struct certificate *link = &issuers[i];
        if (link->is_ca && memcmp(link->public_key, root.public_key, POINT_OCTETS) == 0
            && names_match(link->subject, root.subject)
            && path_validate(link, NULL, 0, &anchor, &path)) {
            return link;
        }
    }
    return NULL;
}

// A root that brings none, or one that no symmetric key opens, would end contingency recovery.
static bool brings_new_contingency_key(void)
{
    struct octets present = state_contingency_key(state_cell(ROOT_CELL));
    return contingency_is_unwrappable(root.wrapped_contingency_key)
        && !octets_equal(root.wrapped_contingency_key, present);
}

static uint8_t judge_root(struct octets octets)
{
    if (!certificate_parse(octets, &root) || !certificate_conforms(&root, KIND_ROOT_OCA)
        || !path_is_signed_by(&root, root.public_key) || !brings_new_contingency_key()) {
        return STATUS_BAD_CERTIFICATE;
    }
    const struct certificate *link = NULL;
    if (applied->root == ROOT_REPLACEMENT_NORMAL) {
        link = link_to_root();
        if (link == NULL) {
            return STATUS_NO_TRUST_ANCHOR;
        }
    }
    if (root.subject.length > MAX_NAME_OCTETS
        || root.wrapped_contingency_key.length > MAX_WRAPPED_KEY_OCTETS) {
        return STATUS_INSUFFICIENT_MEMORY;
    }
    return is_timely(&root) && (link == NULL || is_timely(link)) ? STATUS_SUCCESS
                                                                 : STATUS_NO_TRUST_ANCHOR;
}

static uint8_t judge_cell(const struct replacement *replacement)
{
    if (!certificate_parse(replacement->certificate, &candidate)
        || !certificate_conforms(&candidate, KIND_ORGANISATION)
        || !certificate_serves(&candidate, cell_key_usage(replacement->cell))
        || !candidate.has_unique_id) {
        return STATUS_BAD_CERTIFICATE;
    }
    if (!path_validate(&candidate, issuers, issuer_count, &anchor, &path)) {
        return STATUS_NO_TRUST_ANCHOR;
    }
    for (size_t i = 0; i < path.count; i++) {
        if (!is_timely(path.certificates[i])) {
            return STATUS_NO_TRUST_ANCHOR;
        }
    }
    return STATUS_SUCCESS;
}

// Whether the rule covers a cell and the device has it.
static uint8_t check_cell(uint16_t cell)
{
    if (!rule_may_replace(applied, cell_role(cell))) {
        return STATUS_OTHER;
    }
    return state_cell(cell) == NULL ? STATUS_TRUST_ANCHOR_NOT_FOUND : STATUS_SUCCESS;
}

void judge_begin(const struct update_command *command, const struct replacement_rule *rule)
{
    struct clock_reading reading = clock_now();
    applied = rule;
    is_timed = command->control.time_checks && reading.reliability == CLOCK_RELIABLE;
    moment = (int64_t)reading.seconds;
    signature_facts_forget();
    read_issuers(command);
    set_present_anchor();
    fails_with_root = false;
    for (size_t i = 0; i < command->count; i++) {
        if (command->replacements[i].cell != ROOT_CELL) {
            continue;
        }
        root_status = check_cell(ROOT_CELL);
        if (root_status == STATUS_SUCCESS) {
            root_status = judge_root(command->replacements[i].certificate);
        }
        if (root_status == STATUS_SUCCESS) {
            anchor = (struct anchor){root.subject, root.public_key, root.key_identifier.at};
        }
        fails_with_root =
            root_status != STATUS_SUCCESS && applied->root == ROOT_REPLACEMENT_ABNORMAL;
    }
}

uint8_t judge_replacement(const struct replacement *replacement,
                          const struct certificate **certificate)
{
    if (replacement->cell == ROOT_CELL) {
        *certificate = &root;
        return root_status;
    }
    *certificate = &candidate;
    if (fails_with_root) {
        return STATUS_NO_TRUST_ANCHOR;
    }
    uint8_t status = check_cell(replacement->cell);
    return status == STATUS_SUCCESS ? judge_cell(replacement) : status;
}
