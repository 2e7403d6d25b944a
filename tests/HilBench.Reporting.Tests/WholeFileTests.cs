using HilBench.Journal;

namespace HilBench.Reporting.Tests;

public sealed class WholeFileTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hilbench-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void File_is_written_and_its_folder_made()
    {
        var path = Path.Combine(_folder, "a", "b", "result.json");

        WholeFile.Write(path, "new"u8);

        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(path)!), Has.Length.EqualTo(1));
    }

    [Test]
    public void File_that_is_there_is_replaced()
    {
        var path = Path.Combine(_folder, "result.json");
        File.WriteAllText(path, "old and longer");

        WholeFile.Write(path, "new"u8);

        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
    }

    [Test]
    public void Folder_in_the_place_of_the_file_is_a_host_error_and_leaves_nothing()
    {
        var path = Path.Combine(_folder, "result.json");
        Directory.CreateDirectory(path);

        var failure = Assert.Throws<BenchException>(() => WholeFile.Write(path, "new"u8));

        Assert.That(failure.Message, Does.Contain("result.json"));
        Assert.That(Directory.GetFiles(_folder), Is.Empty);
    }

    [Test]
    public void File_in_the_place_of_a_folder_is_a_host_error()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");

        var failure = Assert.Throws<BenchException>(() => WholeFile.Prepare(Path.Combine(_folder, "file", "result.json")));

        Assert.That(failure.Layer, Is.EqualTo(BenchLayer.Host));
    }

    [Test]
    public void Full_disk_is_a_host_error()
    {
        if (!File.Exists("/dev/full"))
        {
            Assert.Ignore("this machine has no /dev/full");
        }

        var failure = Assert.Throws<BenchException>(() => WholeFile.Write("/dev/full", "new"u8));

        Assert.That(failure.Layer, Is.EqualTo(BenchLayer.Host));
        Assert.That(failure.Message, Does.Contain("/dev/full").And.Contain("No space left on device"));
    }

    [Test]
    public void Preparing_leaves_no_trace_and_the_old_file()
    {
        var path = Path.Combine(_folder, "result.json");
        File.WriteAllText(path, "old");

        WholeFile.Prepare(path);

        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void Text_is_added_to_a_file_that_others_write()
    {
        var path = Path.Combine(_folder, "summary.md");
        File.WriteAllText(path, "theirs\n");

        WholeFile.Append(path, "ours\n");

        Assert.That(File.ReadAllText(path), Is.EqualTo("theirs\nours\n"));
    }
}
