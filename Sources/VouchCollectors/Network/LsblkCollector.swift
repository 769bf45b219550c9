import VouchModel

/// Reads `lsblk -J` or plain `lsblk`: the block devices of one host and what lies on them.
///
/// A file system is encrypted when a LUKS container or a crypt mapping is above it in the tree.
/// That is what the host itself does: a disk that the platform encrypts looks plain from inside,
/// and the platform's own listing is the evidence for it. Ask for
/// `lsblk -J -o NAME,TYPE,FSTYPE,FSVER,UUID,MOUNTPOINT`: without FSTYPE an unopened container is
/// not told from an empty disk.
enum LsblkCollector: Collector {
  static let format = "lsblk"
  static let summary = "Block devices of a host (lsblk -J, lsblk)"
  static let gives: [RecordType] = [.host_config, .data_store, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    if head.json != nil { return head.hasJSON("blockdevices[].name") }
    let titles = head.firstLines.first?.split(separator: " ") ?? []
    return titles.first == "NAME" && titles.contains("TYPE")
      && titles.contains { $0.hasPrefix("MOUNTPOINT") }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config, .data_store)
    guard let host = reading.commandHost(format: format) else { return }
    let head = Head(raw: try item.head(), name: item.provenance.name)
    let devices: [BlockDevice]
    if head.json != nil {
      guard let root = try item.json(format: format, reading) else { return }
      let tops = root["blockdevices"].elements.enumerated()
      devices = tops.flatMap { BlockDevice.tree($1, at: "/blockdevices/\($0)") }
      let tells = root["blockdevices"].elements.contains { $0.has("type") && $0.hasMountPoints }
      if !tells, !devices.isEmpty {
        reading.diagnose(.columnsMissing(at: item.label))
        return
      }
    } else {
      devices = try BlockDeviceTable.read(item, reading)
    }
    reading.appendCommandSighting(of: host)
    var record = Record(.host_config, place: head.json == nil ? "L1" : "/blockdevices")
    record["asset_id"] = .text(host)
    // LVM and RAID put one device under several parents.
    var listed: [String] = []
    for device in devices where device.isListed && !listed.contains(device.json) {
      listed.append(device.json)
    }
    record["disks"] = .text("[\(listed.joined(separator: ","))]")
    reading.append(record)
    var seen: Set<String> = []
    for device in devices {
      guard let store = device.store(on: host, item), seen.insert(store.id).inserted else {
        continue
      }
      reading.append(store.record)
    }
  }
}

extension JSON {
  fileprivate var hasMountPoints: Bool { has("mountpoint") || has("mountpoints") }
}

/// A device with what is above it in the tree.
struct BlockDevice {
  let name: String
  let type: String
  let fileSystem: String?
  let version: String?
  let uuid: String?
  let mountPoints: [String]
  /// The LUKS container that this is, or that it lies in.
  private(set) var container: Container?
  let place: String

  struct Container {
    var uuid: String?
    var version: String?
  }

  init(
    name: String, type: String, fileSystem: String?, version: String? = nil, uuid: String? = nil,
    mountPoints: [String], inside container: Container?, place: String
  ) {
    self.name = name
    self.type = type
    self.fileSystem = fileSystem
    self.version = version
    self.uuid = uuid
    self.mountPoints = mountPoints
    self.place = place
    self.container = container
    if fileSystem == "crypto_LUKS" {
      self.container = Container(uuid: uuid, version: version)
    } else if type == "crypt" || fileSystem == "BitLocker" {
      self.container = container ?? Container()
    }
  }

  /// A device and everything below it. Depth is bounded by the JSON reader.
  static func tree(_ node: JSON, inside container: Container? = nil, at place: String)
    -> [BlockDevice]
  {
    let points =
      node["mountpoints"].elements.compactMap(\.text) + [node["mountpoint"].text].compactMap { $0 }
    let device = BlockDevice(
      name: node["name"].text ?? "", type: node["type"].text ?? "", fileSystem: node["fstype"].text,
      version: node["fsver"].text, uuid: node["uuid"].text, mountPoints: points, inside: container,
      place: place)
    let children = node["children"].elements.enumerated()
    return [device]
      + children.flatMap {
        tree($1, inside: device.container, at: "\(place)/children/\($0)")
      }
  }

  var isEncrypted: Bool { container != nil }
  var isSwap: Bool { fileSystem == "swap" || mountPoints.contains("[SWAP]") }

  /// Media without data of the company: images of packages, optical drives, memory, boot loaders.
  private var isIncidental: Bool {
    ["loop", "rom", "ram"].contains(type) || name.hasPrefix("zram")
      || ["squashfs", "iso9660", "udf"].contains(fileSystem ?? "")
  }
  private var isBoot: Bool {
    !mountPoints.isEmpty && mountPoints.allSatisfy { $0.hasPrefix("/boot") || $0.hasPrefix("/efi") }
  }
  private var isMounted: Bool { !mountPoints.isEmpty || isSwap }
  private var holdsData: Bool { isMounted && !isIncidental && !isBoot }

  /// Mounted, used for swapping, or a container: what the column `disks` lists.
  var isListed: Bool { !isIncidental && (isMounted || fileSystem == "crypto_LUKS") }

  var json: String {
    func text(_ key: String, _ value: String?) -> String? {
      value.map { "\"\(key)\":\(JSONText.quoted($0))" }
    }
    let isContainer = fileSystem == "crypto_LUKS"
    let members: [String?] = [
      text("name", name), text("mountpoint", mountPoints.first ?? (isSwap ? "[SWAP]" : nil)),
      text("fstype", fileSystem), text("uuid", uuid), "\"encrypted\":\(isEncrypted)",
      text("luks_uuid", isContainer ? nil : container?.uuid),
      container?.version.flatMap { Int($0) }.map { "\"luks_version\":\($0)" },
      "\"holds_data\":\(holdsData)", "\"swap\":\(isSwap)",
    ]
    return "{" + members.compactMap { $0 }.joined(separator: ",") + "}"
  }

  /// The data store that a mounted file system or a container is. Its id is `HOST:/mountpoint` or
  /// `HOST:luks-UUID`, unless the option `store./mountpoint` gives the id of the data inventory.
  func store(on host: String, _ item: EvidenceItem) -> (id: String, record: Record)? {
    let isContainer = fileSystem == "crypto_LUKS"
    guard isContainer || (holdsData && !isSwap) else { return nil }
    let part = isContainer ? "luks-\(uuid ?? name)" : mountPoints.first ?? name
    let id = item.options["store.\(part)"] ?? "\(host):\(part)"
    var record = Record(.data_store, place: place)
    record["store_id"] = .text(id)
    record["kind"] = .text("volume")
    record["encrypted"] = .flag(isEncrypted)
    record["discovered"] = .flag(true)
    return (id, record)
  }
}

/// The plain listing: columns under their titles, the tree drawn in front of the names.
private enum BlockDeviceTable {
  static func read(_ item: EvidenceItem, _ reading: Reading) throws -> [BlockDevice] {
    var titles: [String] = []
    var devices: [BlockDevice] = []
    var open: [(depth: Int, container: BlockDevice.Container?)] = []
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      if line.trimmed.isEmpty { return }
      if titles.isEmpty {
        titles = line.split(separator: " ").map(String.init)
        return
      }
      // A further mount point of the device above stands in a line of its own.
      let depth = line.prefix { !$0.isLetter && !$0.isNumber && $0 != "/" }.count
      let words = line.dropFirst(depth).split(separator: " ").map(String.init)
      guard let cells = cells(words, titles) else {
        if words.count > 1 { reading.diagnose(.badLine(at: item.at("L\(number)"))) }
        return
      }
      while let last = open.last, last.depth >= depth { open.removeLast() }
      let device = BlockDevice(
        name: words[0], type: cells["TYPE"] ?? "", fileSystem: cells["FSTYPE"],
        version: cells["FSVER"], uuid: cells["UUID"],
        mountPoints: [cells["MOUNTPOINT"] ?? cells["MOUNTPOINTS"]].compactMap { $0 },
        inside: open.last?.container, place: "L\(number)")
      open.append((depth, device.container))
      devices.append(device)
    }
    return devices
  }

  /// Cells by their titles. Only the default columns never leave a cell empty before the last, so
  /// other sets of columns are read as JSON only.
  private static func cells(_ words: [String], _ titles: [String]) -> [String: String]? {
    guard ["NAME", "MAJ:MIN", "RM", "SIZE", "RO", "TYPE"] == Array(titles.prefix(6)),
      words.count >= 6
    else { return nil }
    var cells = Dictionary(zip(titles, words)) { first, _ in first }
    if words.count > 6 { cells[titles[titles.count - 1]] = words[6...].joined(separator: " ") }
    return cells
  }
}

extension Diagnostic {
  fileprivate static func columnsMissing(at place: String) -> Diagnostic {
    Diagnostic(
      "lsblk.columns-missing", .error, at: place, "the output has no type or no mount point",
      why: "without them it cannot be told what is encrypted",
      fix: "run lsblk -J -o NAME,TYPE,FSTYPE,FSVER,UUID,MOUNTPOINT")
  }

  fileprivate static func badLine(at place: String) -> Diagnostic {
    Diagnostic(
      "lsblk.line-not-read", .error, at: place, "the line does not have the default columns",
      why: "the device it names is missing from the host's disks",
      fix: "run lsblk -J -o NAME,TYPE,FSTYPE,FSVER,UUID,MOUNTPOINT")
  }
}
