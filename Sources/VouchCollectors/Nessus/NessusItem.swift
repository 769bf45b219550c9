/// What a child of a ReportItem means to us; everything else is kept and not looked at.
enum NessusField: UInt8, CaseIterable {
  case other
  // What a plugin says of itself: these make the key under which a plugin is known.
  case cve
  case cpe
  case cvss2 = 10
  case cvss3
  case cvss4
  case patchPublished
  case xref
  // What is said of this item alone.
  case output = 32
  case firstFound
  case lastFound
  case lastFixed
  case state
  // Compliance.
  case compliance = 64
  case checkID
  case checkName
  case checkResult
  case auditFile
  case benchmark

  /// Element names without prefix. `cvss` and `cvssv3` are those of web application scans.
  static let names: [(name: String, field: NessusField)] = [
    ("cve", .cve), ("cpe", .cpe), ("cvss_base_score", .cvss2), ("cvss", .cvss2),
    ("cvss3_base_score", .cvss3), ("cvssv3", .cvss3), ("cvss4_base_score", .cvss4),
    ("patch_publication_date", .patchPublished), ("xref", .xref), ("plugin_output", .output),
    ("first_found", .firstFound), ("last_found", .lastFound), ("last_fixed", .lastFixed),
    ("vulnerability_state", .state), ("compliance", .compliance),
    ("compliance-check-id", .checkID), ("compliance-check-name", .checkName),
    ("compliance-result", .checkResult), ("compliance-audit-file", .auditFile),
    ("compliance-benchmark-name", .benchmark),
  ]

  var isPluginKey: Bool { rawValue >= 1 && rawValue < 32 }
  var isCompliance: Bool { rawValue >= 64 }
}

/// The fields of one ReportItem or the tags of one host, captured as bytes.
///
/// Lives behind a pointer, because a file has tens of millions of fields.
struct NessusItem {
  /// The text of all fields, one after the other.
  var text = ByteBuffer(capacity: 1 << 16)
  /// Where in `text` each field stands.
  private(set) var fields: UnsafeMutablePointer<(field: NessusField, begin: Int, end: Int)>
  private(set) var fieldCount = 0
  private var fieldCapacity = 256
  /// What identifies the plugin, see ``NessusPlugins``.
  var key = ByteBuffer(capacity: 1 << 12)
  var hasCompliance = false
  var hasState = false

  var line = 0
  /// -1 when it is missing or no port.
  var port: Int32 = 0
  var hasPort = false
  var transport: Int8 = 0
  /// -1 when it is missing or none of 0 to 4.
  var severity: Int8 = -1
  /// 0 when the number is missing or is none.
  var pluginNumber = 0

  /// Whether it is anything else than a finding with all that identifies it.
  var isUnusual: Bool {
    severity < 0 || port < 0 || hasCompliance || hasState || key.bytes[0] == 0
  }

  init() { fields = .allocate(capacity: fieldCapacity) }

  /// The same in memory of its own, no more than it needs.
  func copy() -> NessusItem {
    var copy = self
    copy.text = ByteBuffer(copying: text)
    copy.key = ByteBuffer(copying: key)
    copy.fieldCapacity = max(1, fieldCount)
    copy.fields = .allocate(capacity: copy.fieldCapacity)
    copy.fields.update(from: fields, count: fieldCount)
    return copy
  }

  func deallocate() {
    text.deallocate()
    key.deallocate()
    fields.deallocate()
  }

  @inline(__always)
  mutating func begin() {
    text.removeAll()
    key.removeAll()
    fieldCount = 0
    hasCompliance = false
    hasState = false
  }

  @inline(__always)
  mutating func beginField(_ field: NessusField) {
    if fieldCount == fieldCapacity { growFields() }
    fields[fieldCount] = (field, text.count, text.count)
  }

  @inline(__always)
  mutating func endField() {
    let begin = fields[fieldCount].begin
    let field = fields[fieldCount].field
    fields[fieldCount].end = text.count
    fieldCount &+= 1
    if field != .other { note(field, text[begin..<text.count]) }
  }

  private mutating func note(_ field: NessusField, _ value: UnsafeBufferPointer<UInt8>) {
    if field.isPluginKey {
      if field == .xref, !value.starts(with: Self.knownExploited) { return }
      key.append(field.rawValue)
      key.append(value)
      key.append(0)
    } else if field.isCompliance {
      hasCompliance = true
    } else if field == .firstFound || field == .state {
      hasState = true
    }
  }

  @inline(never)
  private mutating func growFields() {
    let larger = UnsafeMutablePointer<(field: NessusField, begin: Int, end: Int)>.allocate(
      capacity: fieldCapacity * 2)
    larger.update(from: fields, count: fieldCount)
    fields.deallocate()
    fields = larger
    fieldCapacity *= 2
  }

  /// The first field of a kind, outer white space removed; nil when missing or empty.
  func first(_ field: NessusField) -> String? {
    for i in 0..<fieldCount where fields[i].field == field {
      let value = String(decoding: text[fields[i].begin..<fields[i].end], as: UTF8.self).trimmed
      return value.isEmpty ? nil : value
    }
    return nil
  }

  private static let knownExploited = Array("CISA-KNOWN-EXPLOITED".utf8)
}
