// Who set a pin or a quota, in a word.

import { SettingSource } from "@portlease/proto/portlease/v1/admin_service.js";
import { word } from "./lease-text.js";

export function sourceText(source: SettingSource): string {
  return word(SettingSource, "SETTING_SOURCE_", source);
}
