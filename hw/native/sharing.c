#include "native/settings.h"

#include "gbcs/signature_facts.h"
#include "native/engine.h"

void engine_share(bool facts, bool tables)
{
    share_signature_facts = facts;
    use_tables = tables;
    signature_facts_forget();
    public_keys_forget();
}
