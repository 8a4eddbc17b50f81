// The few signs of the dashboard. They stand beside words, and are hidden from screen readers.

import type { ComponentChildren, VNode } from "preact";
import type { Level } from "../model/verdict.js";

function Icon({ children }: { readonly children: ComponentChildren }): VNode {
  return (
    <svg
      class="icon"
      viewBox="0 0 20 20"
      width="20"
      height="20"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

/** Each level has a shape of its own: a disc, a triangle, an octagon, a ring. */
export function LevelIcon({ level }: { readonly level: Level }): VNode {
  return (
    <span class={`level-icon level-${level}`}>
      <Icon>{levelShapes[level]}</Icon>
    </span>
  );
}

const levelShapes: Readonly<Record<Level, VNode>> = {
  well: (
    <>
      <circle cx="10" cy="10" r="9" class="shape" />
      <path d="M5.8 10.4l2.9 2.9 5.6-6" class="sign-line" />
    </>
  ),
  info: (
    <>
      <circle cx="10" cy="10" r="9" class="shape" />
      <path d="M10 9.2v5M10 5.9v.1" class="sign-line" />
    </>
  ),
  warning: (
    <>
      <path d="M10 1.6L19.2 17.6H.8z" class="shape" />
      <path d="M10 7.4v4.6M10 14.8v.1" class="sign-line" />
    </>
  ),
  critical: (
    <>
      <path d="M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z" class="shape" />
      <path d="M10 5.2v5.8M10 14.4v.1" class="sign-line" />
    </>
  ),
  unknown: <circle cx="10" cy="10" r="8" class="ring" />,
};

export function SunIcon(): VNode {
  return (
    <Icon>
      <circle cx="10" cy="10" r="3.6" class="line" />
      <path
        d="M10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M4.2 15.8l1.4-1.4M14.4 5.6l1.4-1.4"
        class="line"
      />
    </Icon>
  );
}

export function MoonIcon(): VNode {
  return (
    <Icon>
      <path d="M16.8 12.2A7.4 7.4 0 0 1 7.8 3.2a7.4 7.4 0 1 0 9 9z" class="line" />
    </Icon>
  );
}

export function KeyIcon(): VNode {
  return (
    <Icon>
      <circle cx="6.4" cy="10" r="3.6" class="line" />
      <path d="M10 10h8M15.2 10v3M18 10v2" class="line" />
    </Icon>
  );
}

export function BrandIcon(): VNode {
  return (
    <svg class="brand-icon" viewBox="0 0 16 16" width="24" height="24" aria-hidden="true">
      <rect width="16" height="16" rx="3.5" class="brand-ground" />
      <rect x="3.5" y="3.5" width="4" height="4" rx="0.8" class="brand-full" />
      <rect x="8.5" y="3.5" width="4" height="4" rx="0.8" class="brand-half" />
      <rect x="3.5" y="8.5" width="4" height="4" rx="0.8" class="brand-half" />
      <rect x="8.5" y="8.5" width="4" height="4" rx="0.8" class="brand-full" />
    </svg>
  );
}

export function SearchIcon(): VNode {
  return (
    <Icon>
      <circle cx="8.6" cy="8.6" r="5.4" class="line" />
      <path d="M12.7 12.7l4.6 4.6" class="line" />
    </Icon>
  );
}
