import Foundation

/// Pages opened in a real browser, asked what became of the texts in them: an element, an
/// attribute, a script, a style, a request, a dialog.
public struct BrowserInspection: Decodable, Sendable {
  /// What a text became, each with its page.
  public let findings: [String]
  /// Places in which texts with the mark stand as text.
  public let texts: Int
  public let pages: Int

  private enum CodingKeys: CodingKey { case findings, texts, pages }

  /// Opens every page as it is, and once more without its policy, so that nothing but escaping
  /// keeps a script from running.
  ///
  /// - Parameters:
  ///   - pages: HTML by a name; names are only for the findings.
  ///   - mark: what all planted texts have in common.
  ///   - folder: an empty folder for the browser.
  /// - Returns: nil, with a word, when Chromium is not installed.
  public static func of(
    _ pages: [(name: String, html: String)], mark: String, in folder: URL
  ) throws -> BrowserInspection? {
    guard let chromium = chromium() else {
      print("skipped: \(pages.count) pages with planted texts; chromium is not installed")
      return nil
    }
    var names: [[String]] = []
    for (index, page) in pages.enumerated() {
      let open = page.html.replacing(policy, with: "")
      for (kind, html) in [("page", page.html), ("open", probe + open)] {
        let file = "\(kind)-\(index).html"
        try Data(html.utf8).write(to: folder.appending(path: file))
        names.append([file, "\(page.name)\(kind == "open" ? " without policy" : "")"])
      }
    }
    let list = String(decoding: try JSONEncoder().encode(names), as: UTF8.self)
      .replacing("<", with: "\\u003c")
    let text = String(decoding: try JSONEncoder().encode(mark), as: UTF8.self)
    try Data(
      "<!doctype html><meta charset=utf-8><body><script>\(watch)\nlook(\(list), \(text))</script>"
        .utf8
    ).write(to: folder.appending(path: "look.html"))
    let log = folder.appending(path: "net.json")
    let (shown, errors) = try run(
      chromium,
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder.path)/profile",
        "--allow-file-access-from-files", "--disable-background-networking",
        "--disable-component-update", "--no-first-run", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--log-net-log=\(log.path)",
        "--enable-logging=stderr", "--virtual-time-budget=600000", "--dump-dom",
        "file://\(folder.path)/look.html",
      ], in: folder)
    // Scripts and requests that the policy forbade, and scripts that failed.
    let said = errors.split(separator: "\n").filter {
      $0.contains("CONSOLE") && !$0.contains("can escape its sandboxing")
    }
    .map { "console: \($0.prefix(300))" }
    guard let result = shown.firstMatch(of: #/<pre id="result">(.*?)</pre>/#)?.1,
      let json = Data(base64Encoded: String(result))
    else {
      if !said.isEmpty { return BrowserInspection(findings: said, texts: 0, pages: 0) }
      print("skipped: \(pages.count) pages; chromium came to no end on this machine")
      return nil
    }
    let seen = try JSONDecoder().decode(Self.self, from: json)
    let net = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    let asked = Set(
      net.matches(of: /"((?:https?|wss?|ftp):\/\/([^"\/:\s]*)[^"]*)"/)
        .filter { one in !browsersOwn.contains { one.2.hasSuffix($0) } }
        .map { "requested \($0.1.prefix(200))" })
    return BrowserInspection(
      findings: seen.findings + said + asked.sorted(), texts: seen.texts, pages: seen.pages)
  }

  /// What Chromium asks of its maker, whatever it shows, and the word that leaves it without answer.
  private static let browsersOwn = ["google.com", "googleapis.com", "gstatic.com", "~notfound"]

  nonisolated(unsafe) private static let policy =
    #/<meta http-equiv="Content-Security-Policy".*?>/#

  /// Comes before a page without policy and tells of what ran in it.
  private static let probe = """
    <script id=probe>
    for (const name of ['alert', 'confirm', 'prompt', 'open', 'print'])
      window[name] = () => parent.findings.push(`${window.pageName}: ${name}()`);
    addEventListener('error', e => parent.findings.push(
      `${window.pageName}: ${e.message || 'a request of ' + e.target.localName}`), true);
    </script>
    """

  private static let watch = #"""
    var findings = [];
    let texts = 0;
    const active = 'script:not(#probe), img, iframe, frame, object, embed, applet, video, audio, '
      + 'source, track, base, form, foreignObject, animate, set, meta[http-equiv=refresh i], '
      + 'link:not([href^="data:"]), image';
    function inspect(name, page, mark) {
      const tell = what => findings.push(`${name}: ${what}`);
      for (const one of page.querySelectorAll(active)) tell(`<${one.localName}>`);
      for (const one of page.querySelectorAll('*')) {
        if (one.localName.includes(mark)) tell(`<${one.localName}>`);
        if (one.localName === 'style' && one.textContent.includes(mark)) tell('style sheet');
        for (const {name, value} of one.attributes) {
          if (name.includes(mark) || name.startsWith('on')) tell(`attribute ${name}`);
          if (name === 'style' && value.includes(mark)) tell('attribute style');
          if (/^\s*(javascript|vbscript|data):/i.test(value) && one.localName !== 'link')
            tell(`${name}=${value.slice(0, 40)}`);
          if (['href', 'src', 'action'].includes(name) && /^\s*([a-z]+:)?\/\//i.test(value)
            && value.includes(mark)) tell(`${name}=${value.slice(0, 80)}`);
        }
      }
      texts += page.documentElement.textContent.split(mark).length - 1;
    }
    async function look(pages, mark) {
      for (const [file, name] of pages) {
        const frame = document.createElement('iframe');
        const loaded = new Promise(done => { frame.onload = done });
        // A dialog is refused, with a word on the console, instead of being waited for.
        frame.sandbox = 'allow-same-origin allow-scripts';
        frame.src = file;
        document.body.append(frame);
        frame.contentWindow.pageName = name;
        await loaded;
        const inside = frame.contentWindow;
        for (const one of inside.performance.getEntriesByType('resource'))
          findings.push(`${name}: requested ${one.name.slice(0, 200)}`);
        inspect(name, frame.contentDocument, mark);
        frame.remove();
      }
      const result = document.createElement('pre');
      result.id = 'result';
      const json = JSON.stringify({findings: findings.slice(0, 50), texts, pages: pages.length});
      result.textContent = btoa(unescape(encodeURIComponent(json)));
      document.body.append(result);
    }
    """#

  private static func chromium() -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { "\($0)/chromium" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private static func run(
    _ program: String, _ arguments: [String], in folder: URL
  ) throws -> (output: String, errors: String) {
    let files = ["out.txt", "err.txt"].map { folder.appending(path: $0) }
    for file in files { try Data().write(to: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    // It must not keep the tests waiting, whatever a page does to it.
    let end = Date().addingTimeInterval(300)
    while process.isRunning, Date() < end { usleep(50_000) }
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return (texts[0], texts[1])
  }

  private init(findings: [String], texts: Int, pages: Int) {
    self.findings = findings
    self.texts = texts
    self.pages = pages
  }
}
