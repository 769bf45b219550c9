import VouchModel

/// Problems that repeat from row to row, each reported once with its number and first place.
///
/// An export of ten thousand tickets with one unknown priority has one problem, not ten thousand.
final class RepeatedProblems {
  private var firsts: [Diagnostic] = []
  private var counts: [Int] = []
  private var positions: [String: Int] = [:]

  /// Counts a problem. Two are the same when their id and their text are.
  func add(_ diagnostic: Diagnostic) {
    let key = diagnostic.id + "\n" + diagnostic.text
    if let position = positions[key] {
      counts[position] += 1
      return
    }
    positions[key] = firsts.count
    firsts.append(diagnostic)
    counts.append(1)
  }

  /// Hands the problems over in the order in which they first occurred.
  func report(to reading: Reading) {
    for (first, count) in zip(firsts, counts) {
      let text = count == 1 ? first.text : "\(first.text) (\(count) times, first here)"
      reading.diagnose(
        Diagnostic(
          first.id, first.severity, at: first.at, text, why: first.why, fix: first.fix))
    }
  }
}
