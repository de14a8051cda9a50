/** Environment variable: a directory that is removed when all tests have ended. */
export const TEST_RUN_DIRECTORY = 'OPTA_TEST_RUN_DIRECTORY';
