/* A descriptor that is wrong in the way that IODYNO_TEST_FLAW says; without it, sound. */
#include <errno.h>
#include <iodyno/backend.h>
#include <stdlib.h>
#include <string.h>

#define ALL_BLOCK_OPS                                                     \
  (IODYNO_BIT(IODYNO_OP_READ_BLOCK) | IODYNO_BIT(IODYNO_OP_WRITE_BLOCK) | \
   IODYNO_BIT(IODYNO_OP_FSYNC))

/* As a later minor version might have them: longer at their ends. */
typedef struct {
  iodyno_option known;
  int64_t more[3];
} longer_option;
typedef struct {
  iodyno_backend known;
  int64_t more[5];
} longer_backend;

static int no_open(const iodyno_config* config, iodyno_session** session, uint64_t* ops,
                   iodyno_error* error) {
  (void)config, (void)session, (void)ops, (void)error;
  return ENOSYS;
}
static int no_open_files(iodyno_session* session, const char* const* paths, uint32_t count,
                         uint32_t flags, iodyno_error* error) {
  (void)session, (void)paths, (void)count, (void)flags, (void)error;
  return ENOSYS;
}
static int no_run(iodyno_session* session, const iodyno_batch* batch, iodyno_error* error) {
  (void)session, (void)batch, (void)error;
  return ENOSYS;
}
static void no_close(iodyno_session* session) { (void)session; }

static const char* const choices[] = {"one", "two", NULL};
static const char* const no_choices[] = {NULL};

static const longer_option sound_options[] = {
    {{"flag", "A flag.", IODYNO_BOOL, 0, {.i = 1}, {.i = 0}, {.i = 1}, NULL}, {1, 2, 3}},
    {{"number", "A number.", IODYNO_INT, 0, {.i = 5}, {.i = -1}, {.i = 9}, NULL}, {1, 2, 3}},
    {{"real", "A real.", IODYNO_REAL, 0, {.r = 0.5}, {.r = 0}, {.r = 1}, NULL}, {1, 2, 3}},
    {{"text", "A text.", IODYNO_TEXT, 0, {.s = "some"}, {.i = 0}, {.i = 0}, NULL}, {1, 2, 3}},
    {{"choice", "A choice.", IODYNO_CHOICE, 0, {.i = 1}, {.i = 0}, {.i = 0}, choices}, {1, 2, 3}},
    {{"size", "A size.", IODYNO_SIZE, 0, {.i = 64}, {.i = 0}, {.i = 0}, NULL}, {1, 2, 3}},
    {{"time", "A time.", IODYNO_TIME, 0, {.i = 7}, {.i = 0}, {.i = 0}, NULL}, {1, 2, 3}},
};
enum { FLAG, NUMBER, REAL, TEXT, CHOICE, SIZE, TIME, OPTIONS };

const iodyno_backend* iodyno_backend_entry(void) {
  static longer_option table[OPTIONS];
  static longer_backend longer;
  memcpy(table, sound_options, sizeof table);
  iodyno_backend* const b = &longer.known;
  *b = (iodyno_backend){.size = sizeof *b,
                        .abi_major = IODYNO_ABI_MAJOR,
                        .abi_minor = IODYNO_ABI_MINOR,
                        .name = "malformed",
                        .version = "0.1",
                        .summary = "for the tests",
                        .ops = IODYNO_BIT(IODYNO_OP_READ) | ALL_BLOCK_OPS,
                        .flags = IODYNO_DIRECT,
                        .option_count = OPTIONS,
                        .option_size = sizeof table[0],
                        .options = &table[0].known,
                        .open = no_open,
                        .open_files = no_open_files,
                        .run = no_run,
                        .close = no_close};
  const char* flaw = getenv("IODYNO_TEST_FLAW");
#define FLAW(name) else if (strcmp(flaw, name) == 0)
  if (flaw == NULL) return b;
  FLAW("none") return b;
  FLAW("null entry") return NULL;
  FLAW("other major") b->abi_major = IODYNO_ABI_MAJOR + 1;
  FLAW("short") b->size = (uint32_t)offsetof(iodyno_backend, close);
  FLAW("no name") b->name = NULL;
  FLAW("empty name") b->name = "";
  FLAW("bad name") b->name = "a/b";
  FLAW("no version") b->version = NULL;
  FLAW("no summary") b->summary = NULL;
  FLAW("no open") b->open = NULL;
  FLAW("no run") b->run = NULL;
  FLAW("no close") b->close = NULL;
  FLAW("no open_files") b->open_files = NULL;
  FLAW("no table") b->options = NULL;
  FLAW("short rows") b->option_size = sizeof(iodyno_option) - 8;
  FLAW("odd rows") b->option_size = sizeof(iodyno_option) + 1;
  FLAW("no option name") table[NUMBER].known.name = NULL;
  FLAW("no option doc") table[NUMBER].known.doc = NULL;
  FLAW("unknown type") table[NUMBER].known.type = IODYNO_TIME + 1;
  FLAW("duplicate") table[REAL].known.name = "number";
  FLAW("above range") table[NUMBER].known.fallback.i = 10;
  FLAW("below range") table[NUMBER].known.fallback.i = -2;
  FLAW("real above range") table[REAL].known.fallback.r = 1.5;
  FLAW("not finite") table[REAL].known.fallback.r = strtod("nan", NULL);
  FLAW("not a bool") table[FLAG].known.fallback.i = 2;
  FLAW("no text") table[TEXT].known.fallback.s = NULL;
  FLAW("no choices") table[CHOICE].known.choices = NULL;
  FLAW("empty choices") table[CHOICE].known.choices = no_choices;
  FLAW("no such choice") table[CHOICE].known.fallback.i = 2;
  FLAW("negative choice") table[CHOICE].known.fallback.i = -1;
  FLAW("negative size") table[SIZE].known.fallback.i = -1;
  FLAW("negative time") table[TIME].known.fallback.i = -1;
  FLAW("newer") {
    b->size = sizeof longer;
    b->abi_minor = IODYNO_ABI_MINOR + 1;
    b->ops |= UINT64_C(1) << 40;
    b->flags |= 1u << 30;
  }
  else abort(); /* the test asks for what there is not */
  return b;
}
