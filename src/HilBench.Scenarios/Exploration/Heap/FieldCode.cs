using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HilBench.Scenarios;

/// <summary>Compares two values in place.</summary>
internal delegate bool SameElement<T>(ref T now, ref T then);

/// <summary>Shows what a value refers to.</summary>
internal delegate void VisitElement<T>(ref T value, IHeapVisitor visitor);

/// <summary>Adds a value to a hash.</summary>
internal delegate void HashElement<T>(ref T value, HeapHasher hasher);

/// <summary>Machine code over the fields of types, so that no reflection runs while states are saved and compared.</summary>
internal static class FieldCode
{
    private static readonly MethodInfo _visit = typeof(IHeapVisitor).GetMethod(nameof(IHeapVisitor.Visit))!;
    private static readonly MethodInfo _addValue = typeof(HeapHasher).GetMethod(nameof(HeapHasher.Add), [typeof(ulong)])!;
    private static readonly MethodInfo _addText = typeof(HeapHasher).GetMethod(nameof(HeapHasher.Add), [typeof(string)])!;
    private static readonly MethodInfo _addReference = typeof(HeapHasher).GetMethod(nameof(HeapHasher.AddReference))!;
    private static readonly MethodInfo _sameBits = typeof(FieldCode).GetMethod(nameof(IsSameBits), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo _addBits = typeof(FieldCode).GetMethod(nameof(AddBits), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>Whether a value type has references in it.</summary>
    public static bool HasReferences(Type type) => !type.IsValueType
        ? !type.IsPointer && !type.IsFunctionPointer
        : !type.IsPrimitive && !type.IsEnum && FieldsOf(type).Any(field => HasReferences(field.FieldType));

    /// <summary>The fields of a type, with those of the types that it derives from.</summary>
    public static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            foreach (var field in at.GetFields(HeapShape.AllFields))
            {
                yield return field;
            }
        }
    }

    /// <summary>Code that compares values.</summary>
    public static SameElement<T> MakeSame<T>() => Make<SameElement<T>>(typeof(bool), [typeof(T).MakeByRefType(), typeof(T).MakeByRefType()], code =>
        {
            var differ = code.DefineLabel();
            EmitSameFields(code, typeof(T), [], differ);
            code.Emit(OpCodes.Ldc_I4_1);
            code.Emit(OpCodes.Ret);
            code.MarkLabel(differ);
            code.Emit(OpCodes.Ldc_I4_0);
        });

    /// <summary>Code that walks values.</summary>
    public static VisitElement<T> MakeVisit<T>() => Make<VisitElement<T>>(typeof(void), [typeof(T).MakeByRefType(), typeof(IHeapVisitor)], code =>
            EmitVisitFields(code, FieldsOf(typeof(T)), []));

    /// <summary>Code that hashes values.</summary>
    public static HashElement<T> MakeHash<T>() => Make<HashElement<T>>(typeof(void), [typeof(T).MakeByRefType(), typeof(HeapHasher)], code =>
            EmitHashFields(code, HashedFieldsOf(typeof(T)), []));

    /// <summary>Makes a method that may use any field.</summary>
    public static TDelegate Make<TDelegate>(Type returns, Type[] takes, Action<ILGenerator> emit)
        where TDelegate : Delegate
    {
        var method = new DynamicMethod("fields", returns, takes, typeof(FieldCode).Module, skipVisibility: true);
        var code = method.GetILGenerator();
        emit(code);
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<TDelegate>();
    }

    /// <summary>The fields that distinguish states. Of a dictionary's entry: what it holds, not where hashing put it.</summary>
    public static IEnumerable<FieldInfo> HashedFieldsOf(Type type)
    {
        var isEntry = type.DeclaringType is { Namespace: "System.Collections.Generic" } && type.Name == "Entry";
        var isTable = type is { Namespace: "System.Collections.Generic" } && type.Name is "Dictionary`2" or "HashSet`1";
        return FieldsOf(type).Where(field => !HeapRules.IsUnhashed(field)
            && !(isEntry && field.Name is "hashCode" or "next" or "HashCode" or "Next")
            && !(isTable && field.Name is "_buckets" or "_fastModMultiplier" or "_keys" or "_values" or "_freeList" or "_freeCount"));
    }

    /// <summary>Code that compares fields of the two arguments and goes to a label when some differ.</summary>
    public static void EmitSameFields(ILGenerator code, Type type, FieldInfo[] path, Label differ) =>
        EmitSameFields(code, FieldsOf(type), path, differ);

    /// <summary>As above, for some of the fields.</summary>
    public static void EmitSameFields(ILGenerator code, IEnumerable<FieldInfo> fields, FieldInfo[] path, Label differ)
    {
        foreach (var field in fields)
        {
            var type = field.FieldType;
            if (!type.IsValueType || type.IsPrimitive || type.IsEnum)
            {
                EmitLoad(code, OpCodes.Ldarg_0, path, field);
                EmitLoad(code, OpCodes.Ldarg_1, path, field);
                code.Emit(OpCodes.Bne_Un, differ);
            }
            else if (HasReferences(type))
            {
                EmitSameFields(code, type, [.. path, field], differ);
            }
            else
            {
                EmitAddress(code, OpCodes.Ldarg_0, path, field);
                EmitAddress(code, OpCodes.Ldarg_1, path, field);
                code.Emit(OpCodes.Call, _sameBits.MakeGenericMethod(type));
                code.Emit(OpCodes.Brfalse, differ);
            }
        }
    }

    /// <summary>Code that shows the references in fields of the first argument to the second.</summary>
    public static void EmitVisitFields(ILGenerator code, IEnumerable<FieldInfo> fields, FieldInfo[] path)
    {
        foreach (var field in fields)
        {
            var type = field.FieldType;
            if (!HasReferences(type) || HeapRules.IsLeaf(type) || HeapRules.IsUnsaved(field))
            {
                continue;
            }

            if (type.IsValueType)
            {
                EmitVisitFields(code, FieldsOf(type), [.. path, field]);
                continue;
            }

            code.Emit(OpCodes.Ldarg_1);
            EmitLoad(code, OpCodes.Ldarg_0, path, field);
            code.Emit(OpCodes.Callvirt, _visit);
        }
    }

    /// <summary>Code that adds fields of the first argument to the second.</summary>
    public static void EmitHashFields(ILGenerator code, IEnumerable<FieldInfo> fields, FieldInfo[] path)
    {
        foreach (var field in fields)
        {
            var type = field.FieldType;
            if (type.IsValueType && !type.IsPrimitive && !type.IsEnum)
            {
                if (type.GetCustomAttribute<InlineArrayAttribute>() is not null)
                {
                    EmitAddress(code, OpCodes.Ldarg_0, path, field);
                    code.Emit(OpCodes.Ldarg_1);
                    code.Emit(OpCodes.Call, _addBits.MakeGenericMethod(type));
                    continue;
                }

                EmitHashFields(code, HashedFieldsOf(type), [.. path, field]);
                continue;
            }

            code.Emit(OpCodes.Ldarg_1);
            EmitLoad(code, OpCodes.Ldarg_0, path, field);
            if (type.IsValueType || type.IsPointer || type.IsFunctionPointer)
            {
                EmitToUInt64(code, type);
            }

            code.Emit(OpCodes.Callvirt, type == typeof(string) ? _addText
                : type.IsValueType || type.IsPointer || type.IsFunctionPointer ? _addValue : _addReference);
        }
    }

    private static void EmitToUInt64(ILGenerator code, Type type)
    {
        if (type == typeof(double))
        {
            code.Emit(OpCodes.Call, typeof(BitConverter).GetMethod(nameof(BitConverter.DoubleToUInt64Bits))!);
        }
        else if (type == typeof(float))
        {
            code.Emit(OpCodes.Call, typeof(BitConverter).GetMethod(nameof(BitConverter.SingleToUInt32Bits))!);
            code.Emit(OpCodes.Conv_U8);
        }
        else
        {
            code.Emit(OpCodes.Conv_U8);
        }
    }

    private static void EmitLoad(ILGenerator code, OpCode argument, FieldInfo[] path, FieldInfo field)
    {
        EmitPath(code, argument, path);
        code.Emit(OpCodes.Ldfld, field);
    }

    private static void EmitAddress(ILGenerator code, OpCode argument, FieldInfo[] path, FieldInfo field)
    {
        EmitPath(code, argument, path);
        code.Emit(OpCodes.Ldflda, field);
    }

    private static void EmitPath(ILGenerator code, OpCode argument, FieldInfo[] path)
    {
        code.Emit(argument);
        foreach (var outer in path)
        {
            code.Emit(OpCodes.Ldflda, outer);
        }
    }

    private static bool IsSameBits<T>(ref T now, ref T then) => BytesOf(ref now).SequenceEqual(BytesOf(ref then));

    private static void AddBits<T>(ref T value, HeapHasher hasher) => hasher.Add(BytesOf(ref value));

    // A field of type T and no references in it: its bytes are its value.
    private static ReadOnlySpan<byte> BytesOf<T>(ref T value) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>());
}
