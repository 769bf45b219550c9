import VouchModel

/// One line of the auditor's request list (PBC list): what is asked for, and what it is about.
public struct AuditRequest: Sendable, Hashable {
  /// As the auditor numbers it: `4.2`.
  public let number: String
  public let text: String
  /// Controls, criteria and KPIs that answer it: `VM-02`, `CC7.1`, `K1`.
  public let subjects: [String]

  public init(number: String, text: String, subjects: [String]) {
    self.number = number
    self.text = text
    self.subjects = subjects
  }

  /// Reads a request list as CSV: a header with a column for the number, one for the request, and
  /// one for controls or criteria, in any order; several of these in a cell are told apart by
  /// `;`, `,` or spaces.
  ///
  /// - Parameter path: names the file in messages.
  public static func list(csv text: String, path: String) throws(Refusal) -> [AuditRequest] {
    var rows = CSVRows(text)
    guard let header = rows.next() else {
      throw refusal(path, 1, "the request list is empty")
    }
    let names = header.fields.map { $0.lowercased().filter { $0.isLetter || $0 == "#" } }
    func column(_ known: [String]) -> Int? { names.firstIndex { known.contains($0) } }
    guard
      let number = column(["number", "no", "nr", "id", "#", "ref", "requestno", "requestnumber"]),
      let request = column(["request", "description", "text", "item", "requestdescription"]),
      let subject = column([
        "control", "criterion", "controls", "criteria", "controlorcriterion", "subject", "subjects",
        "reference",
      ])
    else {
      throw refusal(
        path, 1, "the header has to name a number, a request, and a control or criterion",
        fix: "begin the file with: number,request,control")
    }
    var requests: [AuditRequest] = []
    while let row = rows.next() {
      func field(_ index: Int) -> String {
        row.fields.indices.contains(index) ? row.fields[index] : ""
      }
      if row.fields.allSatisfy(\.isEmpty) { continue }
      guard row.fields.count == names.count else {
        throw refusal(
          path, row.line,
          "line \(row.line) has \(row.fields.count) fields; the header names \(names.count)")
      }
      requests.append(
        AuditRequest(
          number: field(number), text: field(request),
          subjects: field(subject).split { $0 == ";" || $0 == "," || $0.isWhitespace }
            .map(String.init)))
    }
    return requests
  }

  private static func refusal(
    _ path: String, _ line: Int, _ text: String, fix: String = ""
  ) -> Refusal {
    Refusal(.data, Diagnostic("requests.malformed", .error, at: "\(path):\(line)", text, fix: fix))
  }
}

/// The rows of a CSV text (RFC 4180), with `;` as separator when the header has no comma.
private struct CSVRows {
  private let bytes: [UInt8]
  private let separator: UInt8
  private var at = 0
  private var line = 1

  init(_ text: String) {
    var bytes = Array(text.utf8)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    let head = bytes.prefix { $0 != 0x0A }
    separator =
      !head.contains(UInt8(ascii: ",")) && head.contains(UInt8(ascii: ";"))
      ? UInt8(ascii: ";") : UInt8(ascii: ",")
    self.bytes = bytes
  }

  /// The next row and the line it begins on; nil at the end.
  mutating func next() -> (fields: [String], line: Int)? {
    guard at < bytes.count else { return nil }
    let start = line
    var fields: [String] = []
    repeat { fields.append(field()) } while take(separator)
    _ = take(0x0D)
    if take(0x0A) { line += 1 }
    return (fields, start)
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  private mutating func field() -> String {
    var out: [UInt8] = []
    if take(UInt8(ascii: "\"")) {
      while at < bytes.count {
        let byte = bytes[at]
        at += 1
        if byte == UInt8(ascii: "\""), !take(byte) { break }
        if byte == 0x0A { line += 1 }
        out.append(byte)
      }
    }
    while at < bytes.count, bytes[at] != separator, bytes[at] != 0x0A, bytes[at] != 0x0D {
      out.append(bytes[at])
      at += 1
    }
    return String(decoding: out, as: UTF8.self)
  }
}
