import MartletIR

/// Nodes of NumPy's files: `.npy`, and the members of `.npz`.
package enum FileInspection {
  /// What has to be read to be looked at, and is larger, is not.
  static let largestRead = 256 << 20

  /// A file as a node. A `.npy` file is mapped: of a large one only a sample is read.
  ///
  /// - Throws: `.file`, `.invalidArgument` or `.unsupported` where it is no file that can be read.
  package static func node(_ path: String) throws(MartletError) -> InspectionNode {
    let file = try OpenFile(reading: path, for: "inspect")
    let title = path.split(separator: "/").last.map(String.init) ?? path
    let expression = "numpy.load('\(path)')"
    if let size = file.size, size >= 4, try file.bytes(at: 0, count: 4).starts(with: [0x50, 0x4b]) {
      return archive(try ZipArchive(file), title, expression, size)
    }
    var taken = 0
    let header = try NPYHeader(
      file, operation: "inspect", limit: NPYHeader.usualLimit, taken: &taken)
    try file.move(by: -taken)
    let bytes = header.shape.elementCount * header.dtype.itemSize
    func about(_ how: String) -> InspectionGroup {
      InspectionGroup(
        "file",
        facts: [
          ("path", path), ("bytes", InspectionText.bytes(file.size ?? taken + bytes)),
          ("order of axes", header.isFortran ? "Fortran" : "C"),
          ("order of bytes", header.isSwapped ? "not this processor's" : "this processor's"),
          ("looked at", how),
        ])
    }
    if let mapped = try NPY.mapped(file) {
      return ArrayInspection.node(
        title, mapped, path: expression, owner: "the file, mapped",
        more: { [about("where it lies, without reading it all")] })
    }
    guard bytes <= largestRead else {
      return InspectionNode(
        title, .failure, detail: "\(header.shape) \(header.dtype.name), too large to read",
        path: expression,
        groups: {
          [
            about(
              "not: its elements cannot be mapped, and reading takes \(InspectionText.bytes(bytes))"
            )
          ]
        })
    }
    return ArrayInspection.node(
      title, try NPY.read(file).1, path: expression,
      more: { [about("in a copy: its elements cannot be used as they lie in the file")] })
  }

  private static func archive(
    _ archive: ZipArchive, _ title: String, _ path: String, _ size: Int
  ) -> InspectionNode {
    let members = archive.members
    return InspectionNode(
      title, .object,
      detail: "archive of \(members.count) members, \(InspectionText.bytes(size))", path: path,
      groups: {
        [
          InspectionGroup("arrays", count: members.count) { i in
            member(members[i], archive, path)
          }
        ]
      })
  }

  private static func member(
    _ member: ZipArchive.Member, _ archive: ZipArchive, _ path: String
  ) -> InspectionNode {
    let name = member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
    let packed =
      member.isDeflated ? ", packed in \(InspectionText.bytes(member.packedSize))" : ""
    let detail = "\(InspectionText.bytes(member.size))\(packed)"
    let expression = "\(path)['\(name)']"
    guard member.size <= largestRead else {
      return InspectionNode(
        name, .failure, detail: "\(detail): too large to read here", path: expression)
    }
    do throws(MartletError) {
      let array = try archive.array(member, limit: NPYHeader.usualLimit).1
      return ArrayInspection.node(
        name, array, path: expression,
        more: { [InspectionGroup("member", facts: [("name", member.name), ("bytes", detail)])] })
    } catch {
      return InspectionNode(name, .failure, detail: "\(error)", path: expression)
    }
  }
}
