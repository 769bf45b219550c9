import Foundation
import Vouch
import VouchModel

/// What management's own texts should be looked at again for; changes no result.
enum Advice {
  /// Shown of one kind; the others are counted.
  private static let limit = 3

  /// Shows it to a person at a terminal; programs that read our output are not told.
  static func show(on assessment: Assessment) {
    guard isatty(2) != 0 else { return }
    let all = Workspace.advice(on: assessment)
    for (_, alike) in Dictionary(grouping: all, by: \.id).sorted(by: { $0.key < $1.key }) {
      for diagnostic in alike.prefix(limit) { Terminal.error(diagnostic.rendered) }
      if alike.count > limit {
        Terminal.error("and \(alike.count - limit) more of \(alike[0].id)")
      }
    }
  }
}
