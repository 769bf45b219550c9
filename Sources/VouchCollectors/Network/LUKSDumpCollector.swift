import VouchModel

/// Reads `cryptsetup luksDump`: format, cipher and key size of one encrypted volume of one host.
///
/// LUKS 2 does not print its device, so the volume goes by the container's UUID, which `lsblk` with
/// the column UUID shows too. Salts and digests are not read.
enum LUKSDumpCollector: Collector {
  static let format = "luks_dump"
  static let summary = "An encrypted volume of a host (cryptsetup luksDump)"
  static let gives: [RecordType] = [.host_config, .data_store, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    head.firstLines.first { !$0.isEmpty }?.hasPrefix("LUKS header information") == true
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config, .data_store)
    guard let host = reading.commandHost(format: format) else { return }
    var header = LUKSHeader()
    try item.lines(reading) { bytes, _ in header.take(String(decoding: bytes, as: UTF8.self)) }
    guard let version = header.version, let cipher = header.cipher, let bits = header.keyBits,
      let uuid = header.uuid
    else {
      reading.diagnose(.incomplete(at: item.label))
      return
    }
    reading.appendCommandSighting(of: host)
    let name = header.device ?? "luks-\(uuid)"
    var config = Record(.host_config, place: "L1")
    config["asset_id"] = .text(host)
    config["disks"] = .text(
      "[{\"name\":\(JSONText.quoted(name)),\"fstype\":\"crypto_LUKS\","
        + "\"uuid\":\(JSONText.quoted(uuid)),\"encrypted\":true,\"luks_version\":\(version),"
        + "\"cipher\":\(JSONText.quoted(cipher)),\"key_bits\":\(bits),\"holds_data\":false,"
        + "\"swap\":false}]")
    reading.append(config)

    var store = Record(.data_store, place: "L1")
    let id = item.options["store"] ?? item.options["store.luks-\(uuid)"] ?? "\(host):luks-\(uuid)"
    store["store_id"] = .text(id)
    store["kind"] = .text("volume")
    store["encrypted"] = .flag(true)
    store["cipher"] = .text("luks\(version):\(cipher):\(bits)")
    store["discovered"] = .flag(true)
    reading.append(store)
  }
}

private struct LUKSHeader {
  private(set) var version: Int?
  private(set) var device: String?
  private(set) var uuid: String?
  private(set) var keyBits: Int?
  private var cipherName: String?
  private var cipherMode: String?
  private var segmentCipher: String?
  private var section = ""

  /// `aes-xts-plain64`, as LUKS 2 writes it; LUKS 1 writes name and mode apart.
  var cipher: String? {
    if let segmentCipher { return segmentCipher }
    guard let cipherName, let cipherMode else { return nil }
    return "\(cipherName)-\(cipherMode)"
  }

  mutating func take(_ line: String) {
    if line.hasPrefix("LUKS header information for ") {
      device = line.dropFirst("LUKS header information for ".count).trimmed
      return
    }
    let parts = line.split(separator: ":", maxSplits: 1)
    guard let first = parts.first else { return }
    let key = first.trimmed
    let value = parts.count > 1 ? parts[1].trimmed : ""
    if value.isEmpty, line.first?.isWhitespace == false { section = key }
    switch (section, key) {
    case (_, "Version"): version = Int(value)
    case (_, "UUID"): uuid = value
    case (_, "Cipher name"): cipherName = value
    case (_, "Cipher mode"): cipherMode = value
    case (_, "MK bits"): keyBits = Int(value)
    // The first segment is the one in use; others are left from a change of the cipher.
    case ("Data segments", "cipher"): segmentCipher = segmentCipher ?? value
    // `Key: 512 bits` is the volume key that the slot holds, `Cipher key` the slot's own.
    case ("Keyslots", "Key"): keyBits = keyBits ?? Int(value.prefix { $0.isNumber })
    default: break
    }
  }
}

extension Diagnostic {
  fileprivate static func incomplete(at place: String) -> Diagnostic {
    Diagnostic(
      "luks_dump.truncated", .error, at: place,
      "the output lacks version, UUID, cipher or key size",
      why: "without them it cannot be told how the volume is encrypted",
      fix: "run cryptsetup luksDump DEVICE as root and keep all of its output")
  }
}
