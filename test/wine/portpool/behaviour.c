/* Looks the switches of behaviour.h up. */
#include "behaviour.h"
#include "pool.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

#define PORTPOOL_DESCRIPTION(identifier, name, value, about) {name, value, about},
const GuessDescription guessDescriptions[GUESS_COUNT] = {PORTPOOL_GUESSES(PORTPOOL_DESCRIPTION)};
#undef PORTPOOL_DESCRIPTION

typedef struct {
  BOOL isSet;
  DWORD value;
} OwnGuess;

static OwnGuess ownGuesses[GUESS_COUNT];

BOOL parseGuess(const char *text, Guess *guess, DWORD *value) {
  const char *equals = strchr(text, '=');
  if (equals == NULL || !parseNumber(equals + 1, value)) return FALSE;
  size_t nameLength = (size_t)(equals - text);
  for (int index = 0; index < GUESS_COUNT; index++) {
    const char *name = guessDescriptions[index].name;
    if (strlen(name) == nameLength && strncmp(name, text, nameLength) == 0) {
      *guess = (Guess)index;
      /* A run that is not there cannot be given. */
      return *guess != GUESS_ACQUIRE_NONE_LEFT || *value != 0;
    }
  }
  return FALSE;
}

static void readOwnGuess(const char *text) {
  Guess guess;
  DWORD value;
  if (!parseGuess(text, &guess, &value)) failLoudly("PORTPOOL_GUESSES is not understood", text, 0);
  ownGuesses[guess].isSet = TRUE;
  ownGuesses[guess].value = value;
}

void readOwnGuesses(void) { forEachListedInEnvironment("PORTPOOL_GUESSES", readOwnGuess); }

DWORD guessValue(Guess guess) { return ownGuesses[guess].isSet ? ownGuesses[guess].value : pool()->guesses[guess]; }

BOOL processIsNotElevated(void) {
  char value[8];
  return GetEnvironmentVariableA("PORTPOOL_NOT_ELEVATED", value, sizeof value) > 0;
}
