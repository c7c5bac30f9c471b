import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import type { FieldInfo } from '@/api/types';
import type { Mode } from '../searchState';
import { languageOf } from './language';
import { markPosition, positionMark } from './mark';

export interface EditorProps {
  mode: Mode;
  value: string;
  label: string;
  hint: string;
  fields: readonly FieldInfo[];
  /** Position of a mistake in the text, from 0; null for none. */
  mistake: number | null;
  onChange: (value: string) => void;
  onRun: () => void;
}

const highlight = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--brass)' },
  { tag: tags.number, color: 'var(--sev-1)' },
  { tag: [tags.propertyName, tags.special(tags.name), tags.typeName], color: 'var(--text)', fontWeight: '550' },
  { tag: tags.comment, color: 'var(--text-3)', fontStyle: 'italic' },
  { tag: tags.operator, color: 'var(--text-2)' },
]);

const look = EditorView.theme({
  '&': { fontSize: '13px', color: 'var(--text)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '20px', maxHeight: '180px', overflow: 'auto' },
  '.cm-content': { padding: '5px 0', caretColor: 'var(--accent)' },
  '.cm-line': { padding: '0 10px' },
  '.cm-placeholder': { color: 'var(--text-3)', fontFamily: 'var(--font-ui)' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '.cm-matchingBracket': { backgroundColor: 'var(--accent-soft)', outline: '1px solid var(--accent)' },
  '.cm-mistake': { textDecoration: 'underline wavy var(--bad)', textUnderlineOffset: '3px', backgroundColor: 'var(--bad-soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', border: '1px solid var(--line-strong)', borderRadius: '6px', boxShadow: 'var(--shadow)', overflow: 'hidden' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', fontSize: '12px', maxHeight: '260px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px', color: 'var(--text)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-completionDetail': { color: 'var(--text-3)', fontStyle: 'normal', fontFamily: 'var(--font-ui)', marginLeft: '10px' },
  '.cm-completionMatchedText': { color: 'var(--accent)', textDecoration: 'none', fontWeight: '600' },
  '.cm-completionInfo': { padding: '8px 10px', maxWidth: '300px', fontFamily: 'var(--font-ui)', fontSize: '12px', color: 'var(--text-2)' },
});

/** The query input. Enter runs a condition; in SQL, where a statement has lines, Ctrl+Enter does. */
export default function QueryEditor({ mode, value, label, hint, fields, mistake, onChange, onRun }: EditorProps) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, onRun });
  const language = useRef(new Compartment());
  useEffect(() => {
    latest.current = { onChange, onRun };
  });

  useEffect(() => {
    if (!box.current) return;
    // In a shadow root the editor's rules are constructed style sheets; in the document they would be a style tag, which the policy forbids.
    const root = box.current.shadowRoot ?? box.current.attachShadow({ mode: 'open' });
    const run = () => {
      latest.current.onRun();
      return true;
    };
    const editor = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: value,
        extensions: [
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run }, { key: 'Escape', run: (target) => (target.contentDOM.blur(), false) }])),
          keymap.of(mode === 'simple' ? [...completionKeymap, { key: 'Enter', run }] : completionKeymap),
          history(),
          bracketMatching(),
          closeBrackets(),
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, { key: 'Ctrl-Space', run: startCompletion }]),
          autocompletion({ icons: false, activateOnTypingDelay: 60, maxRenderedOptions: 60 }),
          syntaxHighlighting(highlight),
          look,
          positionMark,
          language.current.of(languageOf(mode, fields)),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label }),
          placeholder(hint),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
    // The editor lives as long as its mode; its text and fields are kept in step below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [mode, label, hint]);

  useEffect(() => {
    view.current?.dispatch({ effects: language.current.reconfigure(languageOf(mode, fields)) });
  }, [mode, fields]);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({ effects: markPosition.of(mistake) });
  }, [mistake, value]);

  return <div ref={box} data-editor />;
}
