// Something that is wrong, with what mends it and where more is said of it.

import type { ComponentChildren, VNode } from "preact";
import type { Problem } from "../api/messages.js";
import { sentence } from "../model/remedy.js";
import { levelOf, problemTitle } from "../model/verdict.js";
import { LevelIcon } from "./icons.js";

export interface ProblemItemProps {
  readonly problem: Problem;
  /** Stands beside the title. */
  readonly where?: ComponentChildren;
  /** What mends it, and where more is said of it. */
  readonly children?: ComponentChildren;
}

export function ProblemItem({ problem, where, children }: ProblemItemProps): VNode {
  const level = levelOf(problem.severity);
  return (
    <li class="problem">
      <LevelIcon level={level} />
      <div class="problem-body">
        <p>
          <b>{problemTitle(problem)}</b>
          <span class="visually-hidden"> ({level})</span>
          {where}
          <span class="problem-message">{sentence(problem.message)}</span>
        </p>
        {children}
      </div>
    </li>
  );
}
