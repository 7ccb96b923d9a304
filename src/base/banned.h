/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions that nobody calls here: the build includes this file before each C file, and -Werror makes the
 * warning about a deprecated function an error that says what to use instead. Unlike `#pragma GCC poison`
 * and macros, this leaves the words free for struct members and for system headers. The declarations stand
 * before the system's, which inherit the attribute. RP_FRONT_END is set for src/cli and for the tests. */
#ifndef RP_BASE_BANNED_H
#define RP_BASE_BANNED_H

#include <time.h>

#define RP_BANNED(instead) __attribute__((deprecated("banned: " instead)))

#ifndef RP_FRONT_END
void exit(int) __attribute__((noreturn)) RP_BANNED("return an error; only the front end exits");
char *getenv(const char *) RP_BANNED("take it as a parameter; only the front end reads the environment");
#endif

int rand(void) RP_BANNED("use rp_random_next, which a seed makes repeatable");
void srand(unsigned) RP_BANNED("use rp_random_make");
long random(void) RP_BANNED("use rp_random_next, which a seed makes repeatable");
time_t time(time_t *) RP_BANNED("use clock_gettime; results must not depend on the hour");

char *strcpy(char *, const char *) RP_BANNED("use snprintf, or struct rp_text");
char *strcat(char *, const char *) RP_BANNED("use snprintf, or struct rp_text");
char *strncpy(char *, const char *, size_t) RP_BANNED("use snprintf: this one may leave out the NUL");
char *strtok(char *, const char *) RP_BANNED("use strtok_r, or strchr");
int sprintf(char *, const char *, ...) RP_BANNED("use snprintf, or struct rp_text");
int vsprintf(char *, const char *, __builtin_va_list) RP_BANNED("use vsnprintf");
int atoi(const char *) RP_BANNED("use strtol, and look where it stopped");
long atol(const char *) RP_BANNED("use strtol, and look where it stopped");
double atof(const char *) RP_BANNED("use strtod, and look where it stopped");

#undef RP_BANNED
#endif
