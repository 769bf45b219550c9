import VouchModel

/// The pages: nothing runs, nothing is loaded from elsewhere, every link leads somewhere.
enum PagesCheck {
  static func run(_ context: Context) -> Check {
    var check = Check("pages", "Every link of the pages leads somewhere; nothing runs or is loaded")
    let pages = context.facts.compactMapValues(\.page)
    for (path, page) in pages {
      for fault in page.faults { check.find(fault.id, "\(path):\(fault.line)", fault.text) }
      for (link, line) in page.links {
        if let (id, text) = fault(of: link, on: path, page, context) {
          check.find(id, "\(path):\(line)", text, actual: shown(link))
        }
      }
    }
    examineOtherFiles(context, &check)
    check.note = "\(pages.count) pages"
    return check.sorted()
  }

  private static func shown(_ link: Page.Link) -> String {
    link.path + (link.fragment.map { "#\($0)" } ?? "")
  }

  private static func fault(
    of link: Page.Link, on path: BagPath, _ page: Page, _ context: Context
  ) -> (String, String)? {
    let target = link.path.isEmpty ? path : path.resolving(link.path)
    guard let target else { return ("outside", "a link leads out of the package") }
    guard context.package.has(target) else {
      return ("missing-target", "a link leads to a file that is not there")
    }
    guard let fragment = link.fragment, !fragment.isEmpty, fragment != "top",
      let page = context.facts[target]?.page, page.isWhole, !page.hasID(fragment)
    else { return nil }
    return ("missing-anchor", "a link leads to a place that the page does not have")
  }

  /// Kinds of files that no browser runs or reads as a page of its own.
  private static let known = [".html", ".csv", ".json", ".xlsx", ".xml", ".xsd", ".txt", ".pdf"]

  /// Files of ours that are no pages: of a known kind, and style sheets that load nothing.
  private static func examineOtherFiles(_ context: Context, _ check: inout Check) {
    for path in context.package.files.keys
    where path.isPayload && PackageLayout.isOurs(path) && !known.contains(where: path.hasSuffix) {
      guard path.hasSuffix(".css") else {
        check.find("unexpected", path, "is of a kind that a package does not have")
        continue
      }
      guard let css = context.bytes(path, limit: Page.sizeLimit, for: &check) else { continue }
      if let fault = CSSRules.fault(in: css[...]) { check.find("loads", path, fault) }
    }
  }
}

/// The figures on the pages against `data/check.json`; see ``Page`` for how they are marked.
enum FiguresCheck {
  static func run(_ context: Context) -> Check {
    var check = Check("figures", "The figures on the pages are those of data/check.json")
    guard let document = context.check else {
      return check.skipping("data/check.json could not be read")
    }
    var count = 0
    for (path, facts) in context.facts {
      for figure in facts.page?.figures ?? [] {
        count += 1
        compare(figure, at: "\(path):\(figure.line)", with: document, &check)
      }
    }
    for control in document.controls { requireFigures(of: control, context, &check) }
    check.note = "\(count) figures"
    return check.sorted()
  }

  private static func compare(
    _ figure: Page.Figure, at place: String, with document: CheckDocument, _ check: inout Check
  ) {
    guard let dot = figure.key.lastIndex(of: "."),
      let expected = document.figure(
        of: figure.key[..<dot], named: figure.key[figure.key.index(after: dot)...])
    else {
      check.find("unknown", place, "'\(figure.key)' is no figure of data/check.json")
      return
    }
    let isNumber = Int(expected) != nil
    let shown = isNumber ? ungrouped(figure.text) : words(figure.text)
    if shown != (isNumber ? expected : words(expected)) {
      check.find("differs", place, "shows another \(figure.key)", expected: expected, actual: shown)
    }
  }

  /// A control's own page has to show its figures: without them there is nothing to compare.
  private static func requireFigures(
    of control: CheckDocument.ControlFigures, _ context: Context, _ check: inout Check
  ) {
    let path = PackageLayout.page(of: control.id)
    guard let page = context.facts[path]?.page, page.isWhole else { return }
    let shown = Set(page.figures.map(\.key))
    let isEvaluated = control.verdict != Verdict.notApplicable.rawValue
    for name in isEvaluated ? ["verdict", "population", "deviations"] : ["verdict"]
    where !shown.contains("\(control.id).\(name)") {
      check.find("missing", path, "does not show \(control.id).\(name) as a marked figure")
    }
  }

  /// Digits without what groups them.
  private static func ungrouped(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { $0 != "," && !$0.properties.isWhitespace }))
  }

  /// Words in lower case with one space between them.
  private static func words(_ text: String) -> String {
    text.lowercased().split { $0 == "_" || $0 == "-" || $0.isWhitespace }.joined(separator: " ")
  }
}

extension CheckDocument {
  fileprivate func figure(of id: Substring, named name: Substring) -> String? {
    if let control = control(id) { return control.figure(name) }
    return name == "verdict" ? criterion(id)?.verdict : nil
  }
}
