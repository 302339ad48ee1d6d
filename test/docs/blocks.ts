// The commands of a documentation page: what stands in its fenced `sh` blocks, in order.

export interface Command {
  readonly line: number;
  readonly text: string;
  /** Written as `# exit 15` behind the command; 0 otherwise. */
  readonly exit: number;
}

export interface Block {
  readonly commands: readonly Command[];
  /** Programs named in the fence, ```` ```sh needs podman ````: without them the block is skipped. */
  readonly needs: readonly string[];
}

const FENCE = /^```sh(?: needs (.+))?$/;
const EXPECTED = /\s+# exit (\d+)$/;
/** `cat > FILE <<END`: what follows, up to a line END, belongs to the command as it stands. */
const HEREDOC = /<<'?([A-Z]+)'?$/;

export function readBlocks(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly commands: Command[]; readonly needs: readonly string[] } | undefined;
  let pending = '';
  let document: { readonly line: number; readonly end: string; readonly lines: string[] } | undefined;
  page.split('\n').forEach((line, index) => {
    const fence = FENCE.exec(line);
    if (open === undefined) {
      if (fence !== null) open = { commands: [], needs: fence[1]?.split(' ') ?? [] };
      return;
    }
    if (document !== undefined) {
      document.lines.push(line);
      if (line !== document.end) return;
      open.commands.push({ line: document.line, text: document.lines.join('\n'), exit: 0 });
      document = undefined;
      return;
    }
    if (line === '```') {
      blocks.push(open);
      open = undefined;
      return;
    }
    if (line.endsWith('\\')) {
      pending += `${line.slice(0, -1)} `;
      return;
    }
    const text = (pending + line).trim();
    pending = '';
    if (text === '' || text.startsWith('#')) return;
    const end = HEREDOC.exec(text)?.[1];
    if (end !== undefined) {
      document = { line: index + 1, end, lines: [text] };
      return;
    }
    const expected = EXPECTED.exec(text);
    open.commands.push({ line: index + 1, text: text.replace(EXPECTED, '').replace(/\s+# .*$/, ''), exit: Number(expected?.[1] ?? 0) });
  });
  return blocks;
}
