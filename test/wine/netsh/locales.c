/* See locales.h. */
#include "locales.h"
#include <string.h>

static const NetshLocale locales[] = {
  {"en", 437, L"Protocol %s Port Exclusion Ranges", L"Start Port    End Port      ", L"----------    --------      ",
   L"* - Administered port exclusions.", L"Protocol %s Dynamic Port Range", L"Start Port", L"Number of Ports"},
  {"de", 850, L"Portausschlussbereiche f\u00fcr das Protokoll \"%s\"", L"Startport      Endport", L"----------    --------",
   L"* - Verwaltete Portausschl\u00fcsse.", L"Protokoll %s Dynamischer Portbereich", L"Startport", L"Anzahl von Ports"},
  {"fr", 850, L"Protocole %s Plages d'exclusion de ports", L"Port de d\u00e9but    Port de fin", L"-------------    -----------",
   L"* - Exclusions de ports administr\u00e9s.", L"Plage de ports dynamique du protocole %s", L"Port de d\u00e9marrage",
   L"Nombre de ports"},
  {"es", 850, L"Protocolo %s Intervalos de exclusi\u00f3n de puertos", L"Puerto de inicio    Puerto final",
   L"----------          --------", L"* - Exclusiones de puertos administrados.",
   L"Intervalo de puertos din\u00e1micos de protocolo %s", L"Puerto de inicio", L"N\u00famero de puertos"},
  {"ja", 932, L"\u30d7\u30ed\u30c8\u30b3\u30eb %s \u30dd\u30fc\u30c8\u9664\u5916\u7bc4\u56f2",
   L"\u958b\u59cb\u30dd\u30fc\u30c8    \u7d42\u4e86\u30dd\u30fc\u30c8", L"----------    --------",
   L"* - \u7ba1\u7406\u3055\u308c\u3066\u3044\u308b\u9664\u5916\u30dd\u30fc\u30c8\u3002",
   L"\u30d7\u30ed\u30c8\u30b3\u30eb %s \u306e\u52d5\u7684\u30dd\u30fc\u30c8\u306e\u7bc4\u56f2", L"\u958b\u59cb\u30dd\u30fc\u30c8",
   L"\u30dd\u30fc\u30c8\u6570"},
  {"ko", 949, L"\ud504\ub85c\ud1a0\ucf5c %s \ud3ec\ud2b8 \uc81c\uc678 \ubc94\uc704",
   L"\uc2dc\uc791 \ud3ec\ud2b8    \ub05d \ud3ec\ud2b8", L"----------    --------",
   L"* - \uad00\ub9ac \ud3ec\ud2b8 \uc81c\uc678\uc785\ub2c8\ub2e4.",
   L"\ud504\ub85c\ud1a0\ucf5c %s \ub3d9\uc801 \ud3ec\ud2b8 \ubc94\uc704", L"\uc2dc\uc791 \ud3ec\ud2b8", L"\ud3ec\ud2b8 \uc218"},
  {"zh", 936, L"\u534f\u8bae %s \u7aef\u53e3\u6392\u9664\u8303\u56f4", L"\u5f00\u59cb\u7aef\u53e3    \u7ed3\u675f\u7aef\u53e3",
   L"----------    --------", L"* - \u7ba1\u7406\u7684\u7aef\u53e3\u6392\u9664\u3002",
   L"\u534f\u8bae %s \u52a8\u6001\u7aef\u53e3\u8303\u56f4", L"\u542f\u52a8\u7aef\u53e3", L"\u7aef\u53e3\u6570"},
};

const NetshLocale *netshLocale(void) {
  char name[8] = "en";
  GetEnvironmentVariableA("FAKE_NETSH_LOCALE", name, sizeof name);
  for (size_t index = 0; index < sizeof locales / sizeof locales[0]; index++)
    if (strcmp(locales[index].name, name) == 0) return &locales[index];
  return NULL;
}
