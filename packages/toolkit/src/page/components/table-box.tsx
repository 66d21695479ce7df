import type { ComponentChildren } from 'preact';

interface TableBoxProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

/** A table that is too wide for the screen moves in its own box, by keyboard too. */
export function TableBox({ label, children }: TableBoxProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached without a mouse (WCAG 2.1.1)
    <section class="table-box" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
