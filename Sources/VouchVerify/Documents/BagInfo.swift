/// The labels of `bag-info.txt` (RFC 8493, 2.2.2).
struct BagInfo {
  private(set) var values: [String: [String]] = [:]

  /// Reads every line; what cannot be read becomes a finding of the check.
  init(_ bytes: [UInt8], file: BagPath, check: inout Check) {
    var last: String?
    let text = String(decoding: bytes, as: UTF8.self)
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: true).enumerated() {
      if line.first == " " || line.first == "\t", let last {
        let more = line.drop { $0 == " " || $0 == "\t" }
        if let value = values[last]?.popLast() { values[last]?.append("\(value) \(more)") }
        continue
      }
      guard let colon = line.firstIndex(of: ":"), line[line.index(after: colon)...].first == " "
      else {
        check.find("malformed", "\(file.text):\(index + 1)", "is not a label, a colon and a value")
        last = nil
        continue
      }
      let label = String(line[..<colon])
      values[label, default: []].append(String(line[colon...].dropFirst(2)))
      last = label
    }
  }

  /// The value of a label that stands there once; nil otherwise.
  subscript(_ label: String) -> String? {
    guard let values = values[label], values.count == 1 else { return nil }
    return values[0]
  }
}
