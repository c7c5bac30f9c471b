import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view';

/** Marks the word at a position, or the last character when the mistake is at the end. */
export const markPosition = StateEffect.define<number | null>();

const mark = Decoration.mark({ class: 'cm-mistake' });

export const positionMark = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = transaction.docChanged ? Decoration.none : marks;
    for (const effect of transaction.effects) {
      if (!effect.is(markPosition)) continue;
      const length = transaction.state.doc.length;
      if (effect.value === null || length === 0) {
        next = Decoration.none;
        continue;
      }
      const from = Math.min(effect.value, length - 1);
      const rest = transaction.state.doc.sliceString(from, length);
      const word = /^[\w.]+/.exec(rest)?.[0].length ?? 1;
      next = Decoration.set([mark.range(from, Math.min(length, from + word))]);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});
