import Foundation
import Synchronization
import VouchModel

/// The pages: nothing runs, nothing is loaded from elsewhere, every link leads somewhere.
enum PagesCheck {
  static func run(_ context: Context) -> Check {
    var check = Check("pages", "Every link of the pages leads somewhere; nothing runs or is loaded")
    let pages = context.facts.compactMapValues(\.page)
    let order = pages.keys.sorted()
    let blank = check
    let found = Mutex<[Finding]>([])
    DispatchQueue.concurrentPerform(iterations: order.count) { number in
      guard let page = pages[order[number]] else { return }
      let findings = examine(page, at: order[number], context, like: blank)
      if !findings.isEmpty { found.withLock { $0 += findings } }
    }
    check.findings = found.withLock { $0 }
    examineOtherFiles(context, &check)
    check.note = "\(pages.count) pages"
    return check.sorted()
  }

  private static func examine(
    _ page: Page, at path: BagPath, _ context: Context, like check: Check
  ) -> [Finding] {
    var check = check
    for fault in page.faults { check.find(fault.id, "\(path):\(fault.line)", fault.text) }
    for (address, fragments) in page.links {
      let target = address.isEmpty ? path : path.resolving(address)
      let place = "\(path):\(fragments.values.min() ?? 0)"
      guard let target else {
        check.find("outside", place, "a link leads out of the package", actual: address)
        continue
      }
      guard context.package.has(target) else {
        check.find(
          "missing-target", place, "a link leads to a file that is not there", actual: address)
        continue
      }
      guard let page = context.facts[target]?.page, page.isWhole else { continue }
      for (fragment, line) in fragments
      where !fragment.isEmpty && fragment != "top" && !page.hasID(fragment) {
        check.find(
          "missing-anchor", "\(path):\(line)",
          "a link leads to a place that the page does not have", actual: "\(address)#\(fragment)")
      }
    }
    return check.findings
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
