// Fingers in the place of a mouse and a keyboard: tells the program which of them is used, and brings
// up the on-screen keyboard where a field of the canvas is edited. Browsers show that only for an input
// of their own, which lies unseen in the page; what is typed there is handed on as the difference from
// what was typed before, whatever the keyboard corrects or composes on its way.

// How much was taken back from the end of `before`, and what came in its place.
export function difference(before, after) {
  const [old, now] = [[...before], [...after]];
  let same = 0;
  while (same < old.length && same < now.length && old[same] === now[same]) same += 1;
  return { back: old.length - same, text: now.slice(same).join('') };
}

// Keyboards tell of a Backspace only where there is something to delete.
const filler = '.'.repeat(200);

export class TouchInput {
  // tell(isTouch), type(back, text), strike(key); `back` -1: all that there was
  constructor({ canvas, input, tell, type, strike }) {
    Object.assign(this, { canvas, input, tell, strike });
    this.wantsText = false;
    this.hasKeys = false;
    this.isTouch = matchMedia('(pointer: coarse)').matches;
    tell(this.isTouch);
    addEventListener('pointerdown', (event) => {
      this.hasKeys = false;
      this.use(event.pointerType === 'touch');
    }, { capture: true });
    // Keys that come to the canvas are those of a real keyboard: it types without the on-screen one.
    canvas.addEventListener('keydown', () => {
      this.hasKeys = true;
    });
    // Only in answer to a touch do browsers show the keyboard.
    addEventListener('touchend', () => this.showKeyboard());
    input.addEventListener('input', () => {
      const { back, text } = difference(this.typed, input.value);
      this.typed = input.value;
      // Each Backspace takes frames, and the filler stands for whatever was in the field.
      type(back >= filler.length ? -1 : back, text);
    });
    input.addEventListener('keydown', (event) => {
      if (!['Enter', 'Escape', 'Tab'].includes(event.key)) return;
      event.preventDefault();
      strike(event.key);
    });
  }

  use(isTouch) {
    if (isTouch === this.isTouch) return;
    this.isTouch = isTouch;
    this.tell(isTouch);
  }

  // The program edits a field now, or none any more.
  wantText(wants) {
    this.wantsText = wants;
    if (wants) this.showKeyboard();
    else if (document.activeElement === this.input) this.canvas.focus();
  }
  showKeyboard() {
    if (!this.wantsText || !this.isTouch || this.hasKeys || document.activeElement === this.input) return;
    this.input.value = filler;
    this.typed = filler;
    this.input.focus({ preventScroll: true });
    this.input.setSelectionRange(filler.length, filler.length);
  }
}
