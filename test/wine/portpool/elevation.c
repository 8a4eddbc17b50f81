/* Under Wine every process counts as elevated; PORTPOOL_NOT_ELEVATED lets one say that it is not. */
#include "behaviour.h"
#include "text.h"

typedef BOOL(WINAPI *GetTokenInformationFunction)(HANDLE, TOKEN_INFORMATION_CLASS, LPVOID, DWORD, PDWORD);

static GetTokenInformationFunction realFunction(void) {
  HMODULE library = LoadLibraryA("kernelbase.dll");
  void *function = library == NULL ? NULL : (void *)GetProcAddress(library, "GetTokenInformation");
  if (function == NULL) failLoudly("Wine lacks a function", "GetTokenInformation", GetLastError());
  return (GetTokenInformationFunction)function;
}

/* https://learn.microsoft.com/windows/win32/api/securitybaseapi/nf-securitybaseapi-gettokeninformation */
__declspec(dllexport) BOOL WINAPI GetTokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS class, LPVOID information,
                                                      DWORD size, PDWORD needed) {
  BOOL succeeded = realFunction()(token, class, information, size, needed);
  if (succeeded && class == TokenElevation && processIsNotElevated())
    ((TOKEN_ELEVATION *)information)->TokenIsElevated = 0;
  return succeeded;
}
