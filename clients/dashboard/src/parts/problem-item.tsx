// Something that is wrong, with what mends it and where more is said of it.

import type { ComponentChildren, VNode } from "preact";
import type { Problem } from "../api/messages.js";
import { sentence } from "../model/remedy.js";
import { levelOf, problemTitle } from "../model/verdict.js";
import { LevelIcon } from "./icons.js";

export interface ProblemItemProps {
  readonly problem: Problem;
  /** What it is called; default: as its reason is called. */
  readonly title?: string;
  /** As a sentence; default: the broker's own. */
  readonly message?: string;
  /** Stands beside the title. */
  readonly where?: ComponentChildren;
  /** What mends it, and where more is said of it. */
  readonly children?: ComponentChildren;
}

export function ProblemItem(props: ProblemItemProps): VNode {
  const { problem, title, message, where, children } = props;
  const level = levelOf(problem.severity);
  return (
    <li class="problem">
      <LevelIcon level={level} />
      <div class="problem-body">
        <p>
          <b>{title ?? problemTitle(problem)}</b>
          <span class="visually-hidden"> ({level})</span>
          {where}
          <span class="problem-message">{message ?? sentence(problem.message)}</span>
        </p>
        {children}
      </div>
    </li>
  );
}
