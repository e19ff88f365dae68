// A dialog over the page: the browser keeps the focus in it and closes it on Escape.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

type Props = { readonly title: string; readonly close: () => void; readonly children: ComponentChildren };

export function Dialog({ title, close, children }: Props) {
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = place.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={place} onClose={close} aria-label={title}>
      <div class="title">
        <h2>{title}</h2>
        {/* The browser closes it, and gives the focus back to where it was. */}
        <button type="button" class="quiet" onClick={() => place.current?.close()}>
          Close
        </button>
      </div>
      {children}
    </dialog>
  );
}
