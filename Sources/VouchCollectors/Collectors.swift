import VouchModel

/// The formats Vouch reads, and the choice among them.
///
/// `Collectors.all` is generated from the files named `…Collector.swift` in this folder.
public enum Collectors {
  /// The collector of a format by its name in `vouch.yaml`.
  public static func named(_ format: String) -> (any Collector.Type)? {
    all.first { $0.format == format }
  }

  /// The collector that recognises the evidence by its content.
  public static func recognising(_ head: Head) -> (any Collector.Type)? {
    all.first { $0.recognises(head) }
  }
}
