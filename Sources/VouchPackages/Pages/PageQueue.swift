import Dispatch
import Foundation
import Synchronization
import VouchModel

/// Renders pages on all cores and hands them over in the order in which they were added.
///
/// Only a few pages are in memory at a time.
final class PageQueue {
  private struct Rendered: Sendable {
    let page: PackageFile
    let findings: [Diagnostic]
  }
  private typealias Job = @Sendable () throws -> Rendered

  private let lint = WordingLint(.package)
  private let width = 2 * max(1, ProcessInfo.processInfo.activeProcessorCount)
  private var jobs: [Job] = []
  /// Phrases that are not management's to say, in the pages that were handed over.
  private(set) var findings: [Diagnostic] = []

  /// - Parameter isQuoted: the page shows what others wrote, which is not held against the words
  ///   that are management's to say.
  func add(_ path: String, isQuoted: Bool = false, _ render: @escaping @Sendable () -> String) {
    let lint = lint
    jobs.append {
      let page = PackageFile(path: path, text: render())
      guard page.bytes.count <= PagePlan.limit else { throw Refusal(.data, .tooLarge(page)) }
      if isQuoted { return Rendered(page: page, findings: []) }
      return Rendered(page: page, findings: lint.findings(inPage: page.bytes, path: path))
    }
  }

  /// Renders and hands over when enough pages wait, or all of them at the end.
  func deliver(isLast: Bool = false, to take: (PackageFile) throws -> Void) throws {
    guard isLast || jobs.count >= width else { return }
    let waiting = jobs
    jobs = []
    let results = Mutex([Result<Rendered, any Error>?](repeating: nil, count: waiting.count))
    DispatchQueue.concurrentPerform(iterations: waiting.count) { index in
      let result = Result { try waiting[index]() }
      results.withLock { $0[index] = result }
    }
    for case let result? in results.withLock({ $0 }) {
      let rendered = try result.get()
      findings += rendered.findings
      try take(rendered.page)
    }
  }
}

extension Diagnostic {
  fileprivate static func tooLarge(_ page: PackageFile) -> Diagnostic {
    Diagnostic(
      "template.page-too-large", .error, at: page.path,
      "the page has \(page.bytes.count) bytes; a page may have \(PagePlan.limit)",
      why: "larger pages are slow to open and to print",
      fix: "print less for each row in the templates of \(SOC2Pages.folder)")
  }
}
