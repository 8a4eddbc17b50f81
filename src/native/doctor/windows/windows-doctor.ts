import { type Doctor } from "../doctor.js";
export function openWindowsDoctor(): Doctor { throw new Error("later"); }
