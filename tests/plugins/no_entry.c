/* A shared library that exports something, but not iodyno_backend_entry. */
int iodyno_test_nothing(void);
int iodyno_test_nothing(void) { return 0; }
