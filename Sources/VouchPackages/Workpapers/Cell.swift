import Foundation
import VouchModel

/// A value in a workpaper, for CSV and spreadsheet alike.
enum Cell: Hashable {
  case empty
  case text(String)
  case integer(Int)
  case real(Double)
  case flag(Bool)
  case instant(Instant)
  /// Text that leads to a file, named relative to the workpapers' folder.
  case link(String, to: String)

  init(_ value: Value) {
    self =
      switch value {
      case .null: .empty
      case .integer(let n): .integer(Int(n))
      case .real(let x): .real(x)
      case .text(let s): .text(s)
      }
  }

  init(_ value: Instant?) { self = value.map(Cell.instant) ?? .empty }
  init(_ value: Int?) { self = value.map(Cell.integer) ?? .empty }
  init(_ value: Double?) { self = value.map(Cell.real) ?? .empty }
  init(_ value: Bool?) { self = value.map(Cell.flag) ?? .empty }

  /// The value as text: times in UTC, numbers in plain digits whatever the locale.
  var text: String {
    switch self {
    case .empty: ""
    case .text(let text), .link(let text, _): text
    case .integer(let n): String(n)
    case .real(let x): Self.digits(x)
    case .flag(let flag): flag ? "true" : "false"
    case .instant(let instant): instant.iso8601
    }
  }

  /// Shortest plain digits that read back as the same number, without an exponent.
  private static func digits(_ x: Double) -> String {
    guard x.isFinite else { return "" }
    if let whole = Int(exactly: x) { return String(whole) }
    let text = "\(x)"
    guard text.contains("e") else { return text }
    var plain = String(format: "%.20f", x)
    while plain.hasSuffix("0") { plain.removeLast() }
    return plain.hasSuffix(".") ? String(plain.dropLast()) : plain
  }
}
