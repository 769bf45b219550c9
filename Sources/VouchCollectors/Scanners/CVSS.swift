/// The rank of a CVSS base score: 0 none to 4 critical, by the scale of CVSS 3.1, chapter 5.
///
/// Scores of CVSS 2 are put on the same scale, which is stricter than their own: 9 and more is
/// critical there too.
func cvssRank(_ score: Double) -> Int8? {
  switch score {
  case ..<0: nil
  case 0: 0
  case ..<4: 1
  case ..<7: 2
  case ..<9: 3
  // A score above 10 is spreadsheet damage (formats, rule 6).
  case ...10: 4
  default: nil
  }
}

/// A CVSS base score as written; nil for what is none, such as 98 for 9.8.
func cvssScore(_ text: String?) -> Double? {
  text.flatMap(Double.init).flatMap { (0...10).contains($0) ? $0 : nil }
}

/// The number at the beginning of `8.1 (AV:N/AC:H/...)`.
func leadingNumber(_ text: String?) -> Double? {
  guard let text else { return nil }
  return cvssScore(String(text.prefix { $0.isNumber || $0 == "." }))
}
