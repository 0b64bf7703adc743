// What anywidget gives a control in a notebook, for the page: named values that can be listened to.

export class Model {
  constructor(values) {
    this.values = values;
    this.heard = {};
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    if (this.values[name] === value) return;
    this.values[name] = value;
    for (const what of this.heard[`change:${name}`] || []) what();
  }

  on(name, what) {
    (this.heard[name] ||= []).push(what);
  }

  off(name, what) {
    this.heard[name] = (this.heard[name] || []).filter((other) => other !== what);
  }

  /** In a notebook this tells the kernel; here it tells whoever listens for "saved". */
  save_changes() {
    for (const what of this.heard.saved || []) what();
  }
}
