import VouchModel

/// Reads `aws ec2 describe-volumes`: whether the disks of the machines are encrypted by EBS.
enum AWSVolumesCollector: Collector {
  static let format = "aws_volumes"
  static let summary = "AWS EBS volumes (describe-volumes)"
  static let gives: [RecordType] = [.data_store]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("Volumes[].Encrypted") || head.hasJSON("Volumes[].VolumeId")
      || head.hasJSON("Volumes[].Attachments[].VolumeId")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.data_store)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    for (index, volume) in answer.json["Volumes"].elements.enumerated() {
      let place = "\(answer.pointer)/Volumes/\(index)"
      guard let id = volume["VolumeId"].text else {
        reading.diagnose(
          .missingField(
            format, "VolumeId", at: item.at(place), why: "a disk without an id cannot be joined"))
        continue
      }
      var record = Record(.data_store, place: place)
      record["store_id"] = .text(item.options["store.\(id)"] ?? id)
      record["kind"] = .text("volume")
      let isEncrypted = volume["Encrypted"].flag
      record["encrypted"] = .flag(isEncrypted)
      if isEncrypted == true { record["cipher"] = .text("aws-ebs:aes-256-xts") }
      record["platform_managed"] = .flag(isEncrypted)
      record["location"] = .text(volume["AvailabilityZone"].text)
      record["discovered"] = .flag(true)
      reading.append(record)
    }
  }
}
