import VouchModel

/// Follows the elements of a `.nessus` file, or of a part of one, and captures their fields as
/// bytes; what they mean is told by ``NessusReport``.
///
/// The children of ReportItem are nearly the whole of a file, so that path allocates nothing.
final class NessusHandler: XMLHandler {
  private enum Place {
    case outside, policy, preference, policyText
    case host, properties, tag
    case item, field
    /// Inside an element that is of no interest, `skipped` levels deep.
    case skipped
  }

  private let log: NessusLog
  /// The part begins inside Report, whose start tag was made up for it.
  private let isContinued: Bool
  private let hot: UnsafeMutablePointer<NessusItem>
  /// Where the parser puts the text of the field that is open.
  private let text: UnsafeMutablePointer<ByteBuffer>?
  /// The line in which the root ended.
  private(set) var lastLine = 1
  /// The made-up start tag of Report was met.
  private var hasBegun = false
  private var place = Place.outside
  private var returnTo = Place.outside
  private var skipped = 0
  private var tagName = ""
  private var preferenceName = ""
  private var names = Names()
  /// Field by element name pointer: open addressing over the pointer's bits.
  private let fieldTable: UnsafeMutablePointer<(name: UnsafePointer<UInt8>?, field: NessusField)>
  private static let fieldMask = 255

  /// Bytes of one ReportItem's fields together. Attachments of many MB are known.
  private static let itemLimit = 32 << 20

  private struct Names {
    var root, rootVersion1, policy, policyName, preference, name, value: UnsafePointer<UInt8>?
    var report, host, properties, tag, item, type: UnsafePointer<UInt8>?
    var port, protocolName, severity, pluginID, pluginName, pluginFamily: UnsafePointer<UInt8>?
  }

  init(_ stream: XMLStream, _ log: NessusLog, isContinued: Bool = false) {
    self.log = log
    self.isContinued = isContinued
    hot = .allocate(capacity: 1)
    hot.initialize(to: NessusItem())
    text = hot.pointer(to: \.text)
    fieldTable = .allocate(capacity: Self.fieldMask + 1)
    fieldTable.initialize(repeating: (nil, .other), count: Self.fieldMask + 1)
    super.init(stream)
  }

  deinit {
    hot.pointee.deallocate()
    hot.deallocate()
    fieldTable.deallocate()
  }

  override func begin() {
    stream.ignoresText = true
    names.root = stream.intern("NessusClientData_v2")
    names.rootVersion1 = stream.intern("NessusClientData")
    names.policy = stream.intern("Policy")
    names.policyName = stream.intern("policyName")
    names.preference = stream.intern("preference")
    names.name = stream.intern("name")
    names.value = stream.intern("value")
    names.report = stream.intern("Report")
    names.host = stream.intern("ReportHost")
    names.properties = stream.intern("HostProperties")
    names.tag = stream.intern("tag")
    names.item = stream.intern("ReportItem")
    names.type = stream.intern("type")
    names.port = stream.intern("port")
    names.protocolName = stream.intern("protocol")
    names.severity = stream.intern("severity")
    names.pluginID = stream.intern("pluginID")
    names.pluginName = stream.intern("pluginName")
    names.pluginFamily = stream.intern("pluginFamily")
    for (name, field) in NessusField.names {
      guard let pointer = stream.intern(name) else { continue }
      var slot = Self.slot(pointer)
      while fieldTable[slot].name != nil { slot = (slot + 1) & Self.fieldMask }
      fieldTable[slot] = (pointer, field)
    }
  }

  @inline(__always)
  private static func slot(_ name: UnsafePointer<UInt8>) -> Int {
    let bits = UInt(bitPattern: name)
    return Int(truncatingIfNeeded: bits &* 0x9e37_79b9_7f4a_7c15 >> 32) & fieldMask
  }

  @inline(__always)
  private func field(_ name: UnsafePointer<UInt8>) -> NessusField {
    var slot = Self.slot(name)
    while let known = fieldTable[slot].name {
      if known == name { return fieldTable[slot].field }
      slot = (slot + 1) & Self.fieldMask
    }
    return .other
  }

  // MARK: Elements

  override func start(_ tag: XMLTag) {
    if place == .item {
      hot.pointee.beginField(field(tag.name))
      place = .field
      stream.capture = text
      return
    }
    startElsewhere(tag)
  }

  override func end() {
    switch place {
    case .field:
      stream.capture = nil
      hot.pointee.endField()
      place = .item
      if hot.pointee.text.count > Self.itemLimit { refuseItem() }
    case .item:
      log.take(hot)
      place = .host
    case .tag:
      stream.capture = nil
      takeTag()
      place = .properties
    case .properties:
      log.add(.endProperties)
      place = .host
    case .host:
      log.add(.endHost)
      place = .outside
    case .policyText: endPolicyText()
    case .preference: place = .policy
    case .skipped:
      skipped -= 1
      if skipped == 0 { place = returnTo }
    case .policy, .outside: endOutside()
    }
  }

  private func startElsewhere(_ tag: XMLTag) {
    switch place {
    case .outside: startOutside(tag)
    case .policy: startInPolicy(tag)
    case .preference: startInPreference(tag)
    case .host: startInHost(tag)
    case .properties where tag.name == names.tag:
      tagName = attribute(names.name, of: tag)
      beginText(.tag)
    case .skipped: skipped += 1
    default: skip()
    }
  }

  /// Passes over an element inside the place where the reader is.
  private func skip() {
    returnTo = place
    place = .skipped
    skipped = 1
  }

  private func beginText(_ place: Place) {
    hot.pointee.text.removeAll()
    stream.capture = text
    self.place = place
  }

  private func takeTag() {
    // Remediation groups and plugin data can be hundreds a host.
    if tagName.hasPrefix("patch-summary-") || tagName.hasPrefix("pd-") { return }
    log.add(.tag(tagName, String(decoding: hot.pointee.text.all, as: UTF8.self)))
  }

  // MARK: Outside of hosts

  private func startOutside(_ tag: XMLTag) {
    if stream.depth == 1 {
      if tag.name != names.root {
        stream.refuse(
          tag.name == names.rootVersion1
            ? .version1(at: stream.item.at("L\(stream.line)"))
            : .wrongRoot(String(cString: tag.name), stream.item))
      }
    } else if tag.name == names.host {
      log.add(.host(name: attribute(names.name, of: tag), line: stream.parserLine))
      place = .host
    } else if tag.name == names.report {
      if isContinued, !hasBegun {
        hasBegun = true
        return
      }
      log.add(
        .report(
          name: attribute(names.name, of: tag), type: attribute(names.type, of: tag),
          line: stream.parserLine))
    } else if tag.name == names.policy {
      log.add(.policy)
      place = .policy
    } else {
      skip()
    }
  }

  private func endOutside() {
    // The root, Report, or one of the containers inside Policy.
    if stream.depth == 1 { lastLine = stream.parserLine }
    if place == .policy, stream.depth == 2 { place = .outside }
  }

  private func startInPolicy(_ tag: XMLTag) {
    if tag.name == names.policyName {
      preferenceName = "policyName"
      beginText(.policyText)
    } else if tag.name == names.preference {
      preferenceName = ""
      place = .preference
    }
  }

  private func startInPreference(_ tag: XMLTag) {
    if tag.name == names.name || tag.name == names.value {
      if tag.name == names.name { preferenceName = "" }
      beginText(.policyText)
    } else {
      skip()
    }
  }

  private func endPolicyText() {
    stream.capture = nil
    if preferenceName == "policyName" {
      log.add(.policyName(String(decoding: hot.pointee.text.all, as: UTF8.self)))
      place = .policy
      preferenceName = ""
      return
    }
    if preferenceName.isEmpty {
      preferenceName = String(decoding: hot.pointee.text.all.prefix(256), as: UTF8.self)
    } else if NessusReport.preferences.contains(preferenceName) {
      log.add(
        .preference(preferenceName, String(decoding: hot.pointee.text.all, as: UTF8.self)))
    }
    place = .preference
  }

  // MARK: Hosts

  private func startInHost(_ tag: XMLTag) {
    if tag.name == names.item {
      startItem(tag)
    } else if tag.name == names.properties {
      place = .properties
    } else {
      skip()
    }
  }

  private func startItem(_ tag: XMLTag) {
    place = .item
    hot.pointee.begin()
    let none = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    var (port, severity, id, name, family, transport) = (none, none, none, none, none, none)
    for i in 0..<tag.attributeCount {
      let attribute = tag.attributeName(i)
      let value = tag.attributeValue(i)
      if attribute == names.port {
        port = value
      } else if attribute == names.protocolName {
        transport = value
      } else if attribute == names.severity {
        severity = value
      } else if attribute == names.pluginID {
        id = value
      } else if attribute == names.pluginName {
        name = value
      } else if attribute == names.pluginFamily {
        family = value
      }
    }
    hot.pointee.line = stream.parserLine
    hot.pointee.hasPort = !port.isEmpty
    let portNumber = Self.number(port)
    hot.pointee.port = portNumber < 65536 ? Int32(portNumber) : -1
    let severityNumber = Self.number(severity)
    hot.pointee.severity = severityNumber <= 4 ? Int8(severityNumber) : -1
    hot.pointee.transport = Self.transport(transport)
    let pluginNumber = Self.number(id)
    hot.pointee.pluginNumber = pluginNumber < 0 ? 0 : pluginNumber
    hot.pointee.key.append(id)
    hot.pointee.key.append(0)
    hot.pointee.key.append(name)
    hot.pointee.key.append(0)
    hot.pointee.key.append(family)
    hot.pointee.key.append(0)
  }

  private func refuseItem() {
    let line = hot.pointee.line + stream.line - stream.parserLine
    stream.refuse(
      Diagnostic(
        "xml.too-large", .error, at: stream.item.at("L\(line)"),
        "the ReportItem that begins in line \(line) holds more than "
          + "\(Self.itemLimit) bytes",
        why: "memory is bounded, so the rest of the file is not read and its populations are "
          + "incomplete",
        fix: "look at this line of the export"))
  }

  // MARK: Attributes

  private func attribute(_ name: UnsafePointer<UInt8>?, of tag: XMLTag) -> String {
    for i in 0..<tag.attributeCount where tag.attributeName(i) == name {
      return String(decoding: tag.attributeValue(i), as: UTF8.self)
    }
    return ""
  }

  /// A number of up to nine digits; -1 for anything else.
  @inline(__always)
  private static func number(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    if text.isEmpty || text.count > 9 { return -1 }
    var value = 0
    for byte in text {
      guard byte &- 48 < 10 else { return -1 }
      value = value &* 10 &+ Int(byte &- 48)
    }
    return value
  }

  /// By the first letter, in either case: tcp, udp, icmp.
  @inline(__always)
  private static func transport(_ text: UnsafeBufferPointer<UInt8>) -> Int8 {
    guard let first = text.first else { return 3 }
    switch (first | 0x20, text.count) {
    case (UInt8(ascii: "t"), 3): return 0
    case (UInt8(ascii: "u"), 3): return 1
    case (UInt8(ascii: "i"), 4): return 2
    default: return 3
    }
  }
}
