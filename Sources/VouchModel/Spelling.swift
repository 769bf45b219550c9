/// The known word nearest to a misspelt one, for "did you mean"; nil when none is near.
///
/// Near is an edit distance of at most a third of the word's length, and at least one.
public func nearest(to word: String, among known: some Sequence<String>) -> String? {
  let limit = max(1, word.count / 3)
  var best: (distance: Int, word: String)?
  for candidate in known.sorted() where abs(candidate.count - word.count) <= limit {
    let d = editDistance(word.lowercased(), candidate.lowercased())
    if d <= limit, d < best?.distance ?? Int.max { best = (d, candidate) }
  }
  return best?.word
}

/// Levenshtein distance with transpositions of neighbours (optimal string alignment).
func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a)
  let b = Array(b)
  if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
  var rows = [Array(0...b.count)]
  for i in 1...a.count {
    var row = [i]
    for j in 1...b.count {
      var cost = min(
        rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        cost = min(cost, rows[i - 2][j - 2] + 1)
      }
      row.append(cost)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
