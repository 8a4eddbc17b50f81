/*
 * The texts around the tables of netsh in several display languages. Rows look the same in all of them.
 *
 * en, es, fr, ko: captured outputs, listed in microsoft/WSL#5306, docker/for-win#3171 and the like. de: captured output in the
 * answers of https://stackoverflow.com/questions/54010365. zh: captured output in nikkigallery/WhimboxLauncher#21.
 * ja: no captured output was found; the words are those that Japanese users write about it.
 */
#ifndef NETSH_LOCALES_H
#define NETSH_LOCALES_H

#include <windows.h>

typedef struct {
  const char *name;
  /* The OEM code page of such a Windows: netsh writes its output in it. */
  UINT codePage;
  /* %s is the protocol. */
  const WCHAR *exclusionsTitle;
  const WCHAR *columns;
  const WCHAR *dashes;
  const WCHAR *exclusionsFooter;
  const WCHAR *dynamicTitle;
  const WCHAR *dynamicStart;
  const WCHAR *dynamicCount;
} NetshLocale;

/* The one that FAKE_NETSH_LOCALE names, English when it is unset; NULL for one that is not in the table. */
const NetshLocale *netshLocale(void);

#endif
