using HilBench.Journal;

namespace HilBench.Reporting;

/// <summary>Writes files whole: a reader finds the old content, the new content or no file, never a part of it.</summary>
public static class WholeFile
{
    private const string TemporarySuffix = ".part";

    /// <summary>Writes <paramref name="content"/> under a temporary name beside the file, then renames it.</summary>
    /// <param name="path">The file; its folder is made when it is not there. Devices such as /dev/stdout are written directly.</param>
    /// <param name="content">All of it.</param>
    /// <exception cref="BenchException">The disk is full or the folder cannot be written. Nothing is left behind.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            if (IsDevice(path))
            {
                using var device = new FileStream(path, FileMode.Open, FileAccess.Write);
                device.Write(content);
                return;
            }

            var target = Path.GetFullPath(path);
            MakeFolder(Path.GetDirectoryName(target)!);
            Replace(target, content);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Failure(path, cause);
        }
    }

    /// <summary>All text of a file.</summary>
    /// <exception cref="BenchException">The file cannot be read.</exception>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var layer = cause is UnauthorizedAccessException ? BenchLayer.Permission : BenchLayer.Host;
            throw new BenchException(layer, $"'{path}' cannot be read ({cause.Message.TrimEnd('.')})", "Name a file that you may read.", cause);
        }
    }

    /// <summary>Adds text to the end of a file that others write too.</summary>
    /// <exception cref="BenchException">The disk is full or the file cannot be written.</exception>
    public static void Append(string path, string text)
    {
        try
        {
            File.AppendAllText(path, text);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Failure(path, cause);
        }
    }

    /// <summary>Makes sure that a file can be written there later, before long work is spent on what goes into it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BenchException">It cannot.</exception>
    public static void Prepare(string path)
    {
        if (IsDevice(path))
        {
            return;
        }

        try
        {
            var target = Path.GetFullPath(path);
            if (Directory.Exists(target))
            {
                throw new IOException("it is a folder");
            }

            MakeFolder(Path.GetDirectoryName(target)!);
            var trial = target + TemporarySuffix;
            using (new FileStream(trial, FileMode.Create, FileAccess.Write))
            {
            }

            File.Delete(trial);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Failure(path, cause);
        }
    }

    private static void Replace(string target, ReadOnlySpan<byte> content)
    {
        var temporary = target + TemporarySuffix;
        var isDone = false;
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
            isDone = true;
        }
        finally
        {
            if (!isDone)
            {
                Discard(temporary);
            }
        }
    }

    // The first failure is the one to tell of; what is left of the temporary file cannot make it worse.
    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static void MakeFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
        }
    }

    private static bool IsDevice(string path) =>
        path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal);

    private static BenchException Failure(string path, Exception cause)
    {
        var layer = cause is UnauthorizedAccessException ? BenchLayer.Permission : BenchLayer.Host;
        return new(layer, $"'{path}' cannot be written ({cause.Message.TrimEnd('.')})", "Name a place with room that you may write to.", cause);
    }
}
