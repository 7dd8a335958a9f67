// Picks and stars as files: a CSV, and a zip of XMP sidecars with stored entries (PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4).
const exporting = (() => {
  const RAW = /\.(dng|cr2|cr3|nef|arw|raf|orf|rw2|pef|srw|heic|heif|hif)$/i;
  const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });
  const crc32 = (bytes) => ~bytes.reduce((crc, byte) => TABLE[(crc ^ byte) & 255] ^ (crc >>> 8), ~0) >>> 0;

  const quoted = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value));
  function csv(lines) { // RFC 4180
    return lines.map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
  }

  function rows(text) { // the same read; an Error names the line that is no CSV
    const made = [[]];
    let end = "", at = 0;
    for (const [whole, quotes, bare, mark] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy)) {
      made.at(-1).push(quotes === undefined ? bare : quotes.replaceAll('""', '"'));
      at += whole.length;
      if (!(end = mark)) break;
      if (end !== ",") made.push([]);
    }
    if (end || at < text.length) throw new Error(`line ${text.slice(0, at).split("\n").length} is no CSV`);
    return made;
  }

  // The name that programs look for: IMG.xmp beside camera raw, IMG.jpg.xmp beside any other.
  function sidecarName(file) {
    const parts = file.split(/[\\/]+/).map((part) => part.replace(/[:*?"<>|]/g, "_")).filter((part) => part && part !== "." && part !== "..");
    const path = parts.join("/") || "photo";
    return RAW.test(path) ? path.replace(/\.[^.]*$/, ".xmp") : `${path}.xmp`;
  }
  // A reject is a rating of -1 (XMP part 1, xmp:Rating); flags as Adobe and digiKam write them.
  function xmp({ pick, stars }) {
    const said = [`xmp:Rating="${pick < 0 ? -1 : stars}"`];
    if (pick) said.push(`xmpDM:pick="${pick}"`, `digiKam:PickLabel="${pick > 0 ? 3 : 1}"`);
    return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="twinlens">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/"
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    ${said.join("\n    ")}/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;
  }

  const UTF8 = 0x0800, VERSION = 20;
  function written(fields) { // pairs of size and value, little-endian
    const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0)), view = new DataView(bytes.buffer);
    let at = 0;
    for (const [size, value] of fields) {
      if (size === 2) view.setUint16(at, value, true); else view.setUint32(at, value, true);
      at += size;
    }
    return bytes;
  }
  function zip(files, now = new Date()) { // a list of name and text
    const time = (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1);
    const date = ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate();
    const encode = new TextEncoder(), parts = [], directory = [];
    let offset = 0;
    for (const [name, text] of files) {
      const path = encode.encode(name), data = encode.encode(text);
      const about = [[2, VERSION], [2, UTF8], [2, 0], [2, time], [2, date], [4, crc32(data)], [4, data.length], [4, data.length], [2, path.length], [2, 0]];
      const local = [written([[4, 0x04034b50], ...about]), path, data];
      directory.push(written([[4, 0x02014b50], [2, VERSION], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), path);
      parts.push(...local);
      offset += local.reduce((sum, part) => sum + part.length, 0);
    }
    const size = directory.reduce((sum, part) => sum + part.length, 0);
    const end = written([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]]);
    return new Blob([...parts, ...directory, end], { type: "application/zip" });
  }
  function unique(names) { // no name twice, whatever the case
    const seen = new Map();
    return names.map((name) => {
      const key = name.toLowerCase(), many = seen.get(key) ?? 0;
      seen.set(key, many + 1);
      return many ? name.replace(/\.xmp$/, `-${many + 1}.xmp`) : name;
    });
  }
  function save(blob, name) {
    const link = document.createElement("a"), address = URL.createObjectURL(blob);
    Object.assign(link, { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }
  return { csv, rows, xmp, zip, sidecarName, unique, save };
})();
