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
