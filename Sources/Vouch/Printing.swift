import Foundation
import VouchModel

/// Prints a package's pages as one PDF, by the browser or the printer of pages that is installed.
///
/// The PDF lies beside the package and is no part of it: its bytes depend on the program that made
/// it, so no manifest lists it.
enum Printing {
  /// A program that turns pages into PDF.
  private enum Printer {
    case chromium(String)
    case weasyprint(String)
  }

  private static let browsers = [
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge",
  ]

  /// - Returns: the path of the PDF, `<package>.pdf`.
  static func print(_ folder: String) throws -> String {
    let printer = try printer()
    let scratch = try ScratchFolder()
    let book = scratch.path + "/package.html"
    do {
      try PrintedBook(folder).text.write(toFile: book, atomically: true, encoding: .utf8)
    } catch {
      throw refused(folder, "the pages cannot be put together: \(error.localizedDescription)")
    }
    let made = scratch.path + "/package.pdf"
    let answer = run(printer, book, to: made, scratch: scratch.path)
    guard let head = FileHandle(forReadingAtPath: made)?.readData(ofLength: 5),
      head == Data("%PDF-".utf8)
    else {
      let line = answer?.errors.split(separator: "\n").last.map(String.init) ?? "no answer"
      throw refused(folder, "the PDF was not made: \(line)")
    }
    let target = folder + ".pdf"
    do {
      let aside = "\(target).tmp-\(getpid())"
      try? FileManager.default.removeItem(atPath: aside)
      try FileManager.default.copyItem(atPath: made, toPath: aside)
      guard rename(aside, target) == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch {
      throw Refusal(
        .io, Diagnostic("bundle.pdf", .error, at: target, "the PDF cannot be written there"))
    }
    return target
  }

  /// Whether there is a program to print with; asked before a package is written.
  static func require() throws(Refusal) { _ = try printer() }

  private static func printer() throws(Refusal) -> Printer {
    if let named = ProcessInfo.processInfo.environment["VOUCH_BROWSER"], !named.isEmpty {
      guard let path = SystemTool.find(named) else {
        throw missing("VOUCH_BROWSER names '\(named)', which is no program")
      }
      return named.hasSuffix("weasyprint") ? .weasyprint(path) : .chromium(path)
    }
    if let path = browsers.lazy.compactMap(SystemTool.find).first { return .chromium(path) }
    if let path = SystemTool.find("weasyprint") { return .weasyprint(path) }
    throw missing("there is neither Chromium nor WeasyPrint to print with")
  }

  private static func run(
    _ printer: Printer, _ book: String, to pdf: String, scratch: String
  ) -> SystemTool.Answer? {
    switch printer {
    case .chromium(let path):
      // A profile of its own; no sandbox where there is no user to leave it for. The pages carry
      // no script and load nothing, and the network is a proxy that is not there.
      let arguments =
        [
          "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions",
          "--disable-background-networking", "--proxy-server=127.0.0.1:9",
          "--user-data-dir=\(scratch)/profile", "--no-pdf-header-footer",
          "--print-to-pdf=\(pdf)",
        ] + (getuid() == 0 ? ["--no-sandbox"] : []) + ["file://\(book)"]
      return SystemTool.run(path, arguments, timeout: 600, isTalkative: true)
    case .weasyprint(let path):
      return SystemTool.run(path, ["-q", book, pdf], timeout: 1800, isTalkative: true)
    }
  }

  private static func missing(_ text: String) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "bundle.no-printer", .error, text, why: "--pdf prints the pages with an installed program",
        fix: "install chromium or weasyprint, name a browser in VOUCH_BROWSER, or leave out --pdf"))
  }

  private static func refused(_ folder: String, _ text: String) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "bundle.pdf", .error, at: folder, text, why: "the package itself is written and whole",
        fix: "print its pages from a browser, or leave out --pdf"))
  }
}

/// All pages of a package as one, in the order in which one reads them, with links that lead
/// inside it.
struct PrintedBook {
  let text: String

  /// Rendered evidence is left out: it is read at its own place, and there may be much of it.
  init(_ folder: String) throws {
    let pages = try Self.pages(of: folder)
    let numbers = Dictionary(
      pages.enumerated().map { ($1, $0 + 1) }, uniquingKeysWith: { first, _ in first })
    var body = ""
    var style = ""
    var title = ""
    var shapes = ""
    for page in pages {
      let html = try String(contentsOfFile: "\(folder)/\(page)", encoding: .utf8)
      if style.isEmpty { style = Self.between(html, "<style>", "</style>") }
      if title.isEmpty { title = Self.between(html, "<title>", "</title>") }
      if shapes.isEmpty { shapes = Self.between(html, "<svg class=\"shapes\"", "</svg>\n</body>") }
      guard let number = numbers[page] else { continue }
      let main = Self.between(html, "<main id=\"main\">", "</main>")
      body +=
        "<section class=\"printed\" id=\"p\(number)\">"
        + Self.linked(main, from: page, number: number, numbers) + "</section>\n"
    }
    let language = "en"
    text = """
      <!doctype html>
      <html lang="\(language)"><head><meta charset="utf-8"><title>\(title)</title>
      <style>\(style)
      section.printed { break-before: page; } section.printed:first-of-type { break-before: auto; }
      details > * { display: block; } .scroll { overflow: visible; }
      </style></head><body><main>\(body)</main>
      <svg class="shapes"\(shapes)</svg></body></html>

      """
  }

  private static func pages(of folder: String) throws -> [String] {
    let manager = FileManager.default
    func html(_ place: String) -> [String] {
      ((try? manager.contentsOfDirectory(atPath: "\(folder)/\(place)")) ?? [])
        .filter { $0.hasSuffix(".html") }.map { "\(place)/\($0)" }
    }
    let first = [
      "START-HERE.html", "data/index.html", "data/criteria.html", "data/kpis.html",
    ]
    let last = ["data/evidence.html", "data/requests.html", "data/waivers.html"]
    let other = html("data").filter { !first.contains($0) && !last.contains($0) }
    return first.filter { manager.fileExists(atPath: "\(folder)/\($0)") }
      + html("data/controls").sorted(by: inOrder)
      + last.filter {
        manager.fileExists(atPath: "\(folder)/\($0)")
      } + other.sorted(by: inOrder)
  }

  /// `VM-02.html` before `VM-02-2.html` before `VM-02-10.html`.
  private static func inOrder(_ a: String, _ b: String) -> Bool {
    let (x, y) = (a.dropLast(5), b.dropLast(5))
    return x.compare(y, options: .numeric) == .orderedAscending
  }

  private static func between(_ text: String, _ from: String, _ to: String) -> String {
    guard let start = text.range(of: from),
      let end = text.range(of: to, range: start.upperBound..<text.endIndex)
    else { return "" }
    return String(text[start.upperBound..<end.lowerBound])
  }

  /// Ids get the page's number in front, so that they stay their own; links to pages lead there.
  private static func linked(
    _ html: String, from page: String, number: Int, _ numbers: [String: Int]
  ) -> String {
    var out = ""
    out.reserveCapacity(html.utf8.count + html.utf8.count / 8)
    var rest = html[...]
    while let mark = rest.firstIndex(of: "\"") {
      let before = rest[..<mark]
      let after = rest[rest.index(after: mark)...]
      let end = after.firstIndex(of: "\"") ?? after.endIndex
      let value = after[..<end]
      out += before
      if before.hasSuffix(" id=") || before.hasSuffix(" aria-labelledby=") {
        out += "\"p\(number)-\(value)\""
      } else if before.hasSuffix(" href="), !value.hasPrefix("#v-") {
        out += "\"\(target(value, from: page, number: number, numbers))\""
      } else {
        out += "\"\(value)\""
      }
      rest = end == after.endIndex ? after[end...] : after[after.index(after: end)...]
    }
    return out + rest
  }

  private static func target(
    _ link: Substring, from page: String, number: Int, _ numbers: [String: Int]
  ) -> String {
    let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let fragment = parts.count > 1 ? parts[1] : ""
    if parts[0].isEmpty { return "#p\(number)-\(fragment)" }
    var path = page.split(separator: "/").dropLast().map(String.init)
    for part in parts[0].split(separator: "/") {
      if part == ".." { _ = path.popLast() } else { path.append(String(part)) }
    }
    guard let other = numbers[path.joined(separator: "/")] else { return String(link) }
    return fragment.isEmpty ? "#p\(other)" : "#p\(other)-\(fragment)"
  }
}
