import VouchModel

/// Reads `aws iam list-virtual-mfa-devices` and `aws iam list-mfa-devices`.
///
/// A device that nobody enabled counts for nobody. An account that is not named here may still have
/// a hardware key, so nothing is said of it.
enum AWSMFADevicesCollector: Collector {
  static let format = "aws_mfa_devices"
  static let summary = "AWS IAM list-virtual-mfa-devices or list-mfa-devices"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("VirtualMFADevices[]") || head.hasJSON("MFADevices[]")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    let list = answer.json.has("VirtualMFADevices") ? "VirtualMFADevices" : "MFADevices"
    for (index, device) in answer.json[list].elements.enumerated() {
      let place = "\(answer.pointer)/\(list)/\(index)"
      guard AWSAnswer.instant(device["EnableDate"]) != nil else { continue }
      guard let principal = holder(of: device) else {
        reading.diagnose(
          .missingField(
            format, "User", at: item.at(place), why: "it cannot be told whose second factor it is"))
        continue
      }
      var record = Record.account(
        source: "aws", id: principal.id, names: [principal.name], place: place)
      record["is_root"] = .flag(principal.isRoot)
      record["mfa_enrolled"] = .flag(true)
      record["factors"] = .list([kind(of: device)])
      reading.append(record)
    }
  }

  private static func holder(of device: JSON) -> AWSPrincipal? {
    if let principal = device.at("User", "Arn").text.flatMap(AWSPrincipal.init(arn:)) {
      return principal
    }
    // list-mfa-devices names the user; the account stands in the device's own resource name.
    guard let name = device["UserName"].text,
      let parts = device["SerialNumber"].text?.split(
        separator: ":", omittingEmptySubsequences: false), parts.count == 6
    else { return nil }
    return AWSPrincipal(account: String(parts[4]), name: name)
  }

  /// `mfa` for virtual devices, `u2f` for security keys: the first word of the resource.
  private static func kind(of device: JSON) -> String {
    let resource = device["SerialNumber"].text?.split(separator: ":").last
    guard let resource, resource.contains("/") else { return "hardware" }
    return resource.hasPrefix("u2f/") ? "u2f" : "virtual"
  }
}
